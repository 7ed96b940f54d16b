#pragma once

#include "stack/template/shape.h"

namespace wsdeep::stack {

/// What the settings' `web` decides; without it the slots of the others' are as they were.
void shape_web(const EnvironmentSettings& s, Shape& shape);

}  // namespace wsdeep::stack
