#pragma once

#include <string_view>

#include "commands/command.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// `wsdeep-node WORD …`: what the services of a node do beside serving.
struct NodeWord {
  const char* name;
  const char* text;
  void (*add)(const Command& root, Context& context);
};

/// Nothing for a word that is none of them.
const NodeWord* find_node_word(std::string_view name);

}  // namespace wsdeep::commands
