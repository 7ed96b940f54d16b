#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/users/commands.h"
#include "users/delete_many.h"

/// What `users delete` and `users purge` share.
namespace wsdeep::commands {

struct SweepOptions {
  std::string prefix;
  bool yes = false;
};

/// Adds `--yes` and `--prefix`; returns the latter.
Option add_sweep_options(const Command& command, SweepOptions& options);

/// Asks whether these may go. Throws Error{kFailure} when they may not.
void confirm_deletion(const std::vector<std::string>& usernames, const users::Target& target, bool yes,
                      const Context& context);

/// Finds the pool's test users, asks, and deletes them.
int sweep(const users::Target& target, const users::TestUserFilter& filter, bool yes, Context& context);

}  // namespace wsdeep::commands
