#pragma once

#include "stack/settings/settings.h"
#include "stack/template/shape.h"

namespace wsdeep::stack {

/// Whether something is asked over HTTP: then there is an HTTP API.
bool has_http_api(const EnvironmentSettings& settings);

/// The routes of the HTTP API, and the functions behind them; what REST chat is made of.
void shape_http(const EnvironmentSettings& settings, Shape& shape);

}  // namespace wsdeep::stack
