#pragma once

#include <string>

#include "base/env.h"

namespace wsdeep::users {

/// Starts the user's browser with `url`: what BROWSER names, or the desktop's own. It lives on by itself. False when
/// there is none that could be started. The address is seen in the list of processes: it must hold no secret.
bool open_browser(const Env& env, const std::string& url);

}  // namespace wsdeep::users
