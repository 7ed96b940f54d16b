#pragma once

#include <string>

#include "base/error.h"
#include "commands/command.h"
#include "commands/stack_options.h"
#include "fleet/watch.h"
#include "terminal/interrupts.h"

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

/// Adds `--yes`, `--timeout`, `--poll-interval`.
void add_change_options(const Command& command, ChangeOptions& options);
void add_no_wait(const Command& command, ChangeOptions& options);

/// Does `work`, which changes nothing. Ctrl-C in it says so.
template <typename Work>
auto until_begun(const Interrupts& interrupts, Work work) {
  return unless_interrupted(interrupts, "nothing was changed", work);
}

/// Does `work`, which changes something that goes on in AWS. Ctrl-C in it ends with `hint`, which says how.
template <typename Work>
auto once_begun(const Interrupts& interrupts, const std::string& hint, Work work) {
  try {
    return work();
  } catch (const Error&) {
    if (!interrupts.requested()) throw;
    throw Error(ErrorKind::kInterrupted, "interrupted", hint);
  }
}

/// Asks unless `yes`. Throws Error{kInterrupted} for anything but y or yes.
void require_yes(const std::string& question, bool yes, const Context& context);

/// The stack of the nodes, of the deployment that the options name.
deploy::StackTarget resolve_fleet(const StackOptions& options, Context& context);

/// ` -e dev`, ` --stack chat-dev`: with which another command reaches the same stack.
std::string flags_of(const StackOptions& options);

}  // namespace wsdeep::commands
