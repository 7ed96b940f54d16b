#pragma once

#include <string>
#include <vector>

#include "commands/client_options.h"
#include "commands/command.h"
#include "commands/target.h"
#include "load/drive/fleet_watch.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// What is read beside a load test: nodes and pages of metrics.
struct WatchedOptions {
  std::vector<std::string> nodes;
  std::vector<std::string> pages;
};

/// `--nodes` and `--metrics-url`.
void add_watched_options(const Command& command, WatchedOptions& options);
load::FleetWatchOptions fleet_watch(const WatchedOptions& options, const ClientOptions& client, const Context& context);
/// How the nodes behind a front door are reached: as that is, as far as it says.
ClientOptions node_client(const TargetOptions& target);

}  // namespace wsdeep::commands
