#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "llm/client/target.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {

/// A node to look at, and what it is called.
struct NamedNode {
  std::string name;
  llm::ClientTarget target;
};

/// Shows the nodes until a signal comes: as a live screen, else what changes a line, as JSON each look a line.
void watch_nodes(const std::vector<NamedNode>& nodes, std::chrono::milliseconds interval, bool json, Context& context,
                 const Interrupts& interrupts);

}  // namespace wsdeep::commands
