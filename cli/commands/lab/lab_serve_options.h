#pragma once

#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

constexpr const char* kLabServeText = "Serve terminals: the backend of a service in backend mode";

/// Makes `command` the one that serves: `wsdeep lab serve`, and the whole of `wsdeep-lab`.
void add_lab_serve_options(const Command& command, Context& context);

}  // namespace wsdeep::commands
