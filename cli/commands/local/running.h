#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "commands/command.h"
#include "local/server_info.h"
#include "terminal/context.h"

/// The subcommands of `wsdeep local`, and what they share.
namespace wsdeep::commands {

void add_local_up(const Command& local, Context& context);
void add_local_status(const Command& local, Context& context);
void add_local_rotate_keys(const Command& local, Context& context);
void add_local_down(const Command& local, Context& context);

/// Which local system, and how the answer is printed.
struct RunningOptions {
  std::string state;
  std::string output = "text";
};

/// Adds `--state`.
void add_running_options(const Command& command, RunningOptions& options);

std::filesystem::path state_folder(const std::string& option, const Context& context);
/// Throws Error{kFailure} when none runs.
local::ServerInfo require_running(const RunningOptions& options, const Context& context);
/// The lines that tell where it is.
std::string summary(const local::ServerInfo& info);

}  // namespace wsdeep::commands
