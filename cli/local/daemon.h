#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "local/server_info.h"

/// The local system as a process in the background.
namespace wsdeep::local {

/// Runs the program `words` in a session of its own, its output in `log`, with `--ready-fd N` behind its words: where
/// it tells how its start went. Returns when it is ready. Throws Error{kFailure} with what it tells, or that it ended
/// or did not get ready in time; then it is stopped.
void start_detached(std::vector<std::string> words, const std::filesystem::path& log);

/// To whoever waits at the other end of `ready_fd`; nobody does when that is negative.
void tell_ready(int ready_fd);
void tell_failure(int ready_fd, const Error& error);

/// Asks the system to end, and waits until it has. Throws Error{kFailure} when it does not.
void stop(const ServerInfo& info);

}  // namespace wsdeep::local
