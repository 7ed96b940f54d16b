#pragma once

#include <string>
#include <vector>

#include "stack/template/shape.h"

namespace wsdeep::stack {

/// What the app client knows of addresses: those of the settings, and those of the exchange, if there is one.
std::vector<std::string> callback_urls(const AuthSettings& auth);
std::vector<std::string> logout_urls(const AuthSettings& auth);

/// Flags and slots of signing in with a browser; what is not wanted of them is left out.
void shape_exchange(const AuthSettings& auth, Shape& shape);

}  // namespace wsdeep::stack
