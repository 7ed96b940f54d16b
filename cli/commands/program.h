#pragma once

#include <functional>

#include "terminal/context.h"

namespace wsdeep::commands {

using RunCommandLine = std::function<int(int argc, const char* const* argv, Context& context)>;

/// What every program of ours does around its command line: descriptors that are open, no core file, one line for what
/// failed, in the name of the program. The exit code.
int run_program(const char* name, int argc, const char* const* argv, const RunCommandLine& run);

}  // namespace wsdeep::commands
