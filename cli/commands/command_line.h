#pragma once

#include "terminal/context.h"

namespace wsdeep::commands {

/// Does what the command line says; the exit code. A command line that does not parse is told on stderr, a call for
/// help or the version on stdout. Throws what the command throws.
int run_command_line(int argc, const char* const* argv, Context& context);

}  // namespace wsdeep::commands
