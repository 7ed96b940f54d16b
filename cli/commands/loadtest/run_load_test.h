#pragma once

#include "commands/loadtest/load_test.h"
#include "commands/loadtest/options.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Does what the command line asks for with such runs, shows on stderr how it goes, writes what was asked for and
/// prints the summary. The exit code.
int run_load_test(const LoadOptions& options, LoadTest test, Context& context);

}  // namespace wsdeep::commands
