#pragma once

#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

constexpr const char* kServeText = "Serve a model over gRPC, as a GPU node does";

/// Makes `command` the one that serves: `wsdeep llm serve`, and the whole of `wsdeep-node`.
void add_serve_options(const Command& command, Context& context);

}  // namespace wsdeep::commands
