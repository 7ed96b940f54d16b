#pragma once

#include <memory>
#include <string>

#include "commands/command.h"
#include "llm/engine/engine.h"
#include "llm/node/node.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// How long a node lives, and who watches it meanwhile.
struct LifeOptions {
  std::string lame_duck;
  std::string grace = "500ms";
  bool watch_instance = false;
  std::string group;  ///< of Auto Scaling, that CloudWatch hears of its load; empty: nothing is published
};

void add_life_options(const Command& command, LifeOptions& options);
/// What the help says of it.
extern const char* const kLifeHelp;

/// Serves until the node has stopped, which a signal or the instance begins; the exit code.
int run_until_stopped(const LifeOptions& options, llm::NodeOptions node, std::unique_ptr<llm::Engine> engine,
                      Context& context);

}  // namespace wsdeep::commands
