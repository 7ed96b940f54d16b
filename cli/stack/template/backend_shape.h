#pragma once

#include "stack/template/shape.h"

namespace wsdeep::stack {

/// What the settings' `backend` decides; without one, flags that say so, and slots that are left out.
void shape_backend(const EnvironmentSettings& s, Shape& shape);

}  // namespace wsdeep::stack
