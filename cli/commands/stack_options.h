#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "deploy/target.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Which stack a command is about.
struct StackOptions {
  std::string settings = "wsdeep.yaml";
  std::string environment;
  std::string stack;
  std::string region;
  std::string profile;
  bool tells_warnings = true;  ///< of the settings, on stderr; false where the system is used, and not changed
};

/// Adds `--settings`, `--environment`, `--stack`, `--region`, `--profile`.
void add_stack_options(const Command& command, StackOptions& options);
/// The same, but `--environment` may be given again and again, for `environments`.
void add_stack_options(const Command& command, StackOptions& options, std::vector<std::string>& environments);

/// The `profile` of the settings is of people's machines. Where a build system has put credentials into the environment
/// (CI is set, or there is no such profile), they count, with a line on stderr; nothing then. A person's profile counts
/// more than keys that lie around, and so does `--profile` everywhere.
std::string profile_here(const std::string& profile, const Context& context);

/// What the flags say, and the settings where they do not. The settings' warnings go to stderr, where they are told.
deploy::StackTarget resolve_stack(const StackOptions& options, Context& context);

}  // namespace wsdeep::commands
