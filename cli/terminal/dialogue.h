#pragma once

#include <string>

#include "terminal/console.h"

namespace wsdeep {

/// A line on stderr, broken at blanks where a terminal is too narrow for it.
void say(const Console& console, const std::string& text);

/// Asks until it is answered; false for anything but y and yes. `yes`: true without asking. Throws Error{kUsage}
/// without a terminal.
bool confirm(const Console& console, const std::string& question, bool yes);

}  // namespace wsdeep
