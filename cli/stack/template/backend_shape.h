#pragma once

#include "stack/template/shape.h"

namespace wsdeep::stack {

/// Whether the backend has a secret by which it can push to clients: a lab makes its own.
bool takes_pushes(const EnvironmentSettings& settings);

/// What the settings' `backend` decides; without one, flags that say so, and slots that are left out.
void shape_backend(const EnvironmentSettings& s, Shape& shape);

}  // namespace wsdeep::stack
