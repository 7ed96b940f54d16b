#pragma once

#include <string>

#include "commands/command.h"
#include "terminal/context.h"
#include "users/target.h"

namespace wsdeep::commands {

/// The system that a command works on, as far as flags and environment say. Empty fields are filled by what is known.
struct TargetOptions {
  std::string settings;  ///< empty: wsdeep.yaml
  std::string environment;
  std::string url;
  std::string region;
  std::string user_pool_id;
  std::string client_id;
  std::string endpoint;
  std::string ca_file;
  std::string state;
};

/// Adds `--environment`, `--settings`, `--url`, `--region`, `--user-pool-id`, `--client-id`, `--endpoint`, `--ca-file`,
/// `--state`; each may come from `WSDEEP_URL` and so on.
void add_target_options(const Command& command, TargetOptions& options);

/// The environment's deployed stack, asked for its outputs; or what flags and variables name. Without any, the local
/// system that runs now. What is said of an environment has to be true of it: a pool that is not its own, and variables
/// that name something else, are refused. Throws Error{kUsage} for those and for flags that name no system by
/// themselves, Error{kNotFound} when the environment is not deployed, Error{kFailure} when no local system runs.
/// From then on `context.target_flags` says how to name the same system again.
users::Target resolve_target(const TargetOptions& options, Context& context);

}  // namespace wsdeep::commands
