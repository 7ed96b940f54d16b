#pragma once

#include "stack/template/shape.h"

namespace wsdeep::stack {

/// What the settings' `lab` decides, over what a backend does: the lab's signing secret is the stack's own.
void shape_lab(const EnvironmentSettings& s, Shape& shape);

}  // namespace wsdeep::stack
