#pragma once

#include <string>

#include "commands/command.h"
#include "commands/stack_options.h"
#include "fleet/watch.h"

/// The subcommands of `wsdeep fleet`, and what they share.
namespace wsdeep::commands {

void add_fleet_status(const Command& fleet, Context& context);
void add_fleet_scale(const Command& fleet, Context& context);
void add_fleet_drain(const Command& fleet, Context& context);
void add_fleet_refresh(const Command& fleet, Context& context);
void add_fleet_rollout(const Command& fleet, Context& context);

/// How a command that changes the fleet asks, and waits.
struct ChangeOptions {
  bool yes = false;
  bool no_wait = false;
  std::string poll = "5s";
  std::string limit = "2h";

  /// Throws Error{kUsage} for a duration that is none.
  ::wsdeep::fleet::WatchOptions watch() const;
};

/// Adds `--yes`, `--no-wait`, `--timeout`, `--poll-interval`.
void add_change_options(const Command& command, ChangeOptions& options);

/// Asks unless `yes`. Throws Error{kInterrupted} for anything but y or yes.
void require_yes(const std::string& question, bool yes, const Context& context);

/// ` -e dev`, ` --stack chat-dev`: with which another command reaches the same stack.
std::string flags_of(const StackOptions& options);

}  // namespace wsdeep::commands
