#pragma once

#include <chrono>
#include <string>

#include "commands/command.h"
#include "deploy/stack_session.h"

namespace wsdeep::commands {

/// How a deployment waits for its nodes.
struct NodesWait {
  bool no_wait = false;
  std::string limit = "2h";
  std::chrono::milliseconds poll{5000};
};

/// Adds `--no-wait` and `--wait`.
void add_nodes_wait(const Command& command, NodesWait& wait);
/// Throws Error{kUsage} for a `--wait` that is no duration.
void check_nodes_wait(const NodesWait& wait);

/// Returns when as many nodes of `stack`, which was deployed, serve as it wants; at once for a stack that has none.
/// What they do is shown meanwhile. Throws what fleet::ServingWait throws, and says that the stack stays.
void await_nodes(deploy::StackSession& session, const aws::Stack& stack, const NodesWait& wait);

}  // namespace wsdeep::commands
