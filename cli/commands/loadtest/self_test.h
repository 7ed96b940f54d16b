#pragma once

#include "terminal/context.h"

namespace wsdeep::commands {

/// Prints what the load test makes of a node whose times are known. Exit code 7 when an error is beyond its limit.
int run_loadtest_self_test(Context& context);

}  // namespace wsdeep::commands
