#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/env.h"

namespace wsdeep::net {

/// The executable `name` of PATH; nothing when there is none.
std::optional<std::filesystem::path> find_program(const Env& env, std::string_view name);

struct ProgramRun {
  int exit_code = 0;  ///< or minus the number of the signal that ended it
  std::string out;
  std::string err;
};

/// Runs a program to its end, with our environment (without its secrets) and nothing on stdin. Throws Error{kFailure}
/// when it cannot be started, is not done within `limit` (it is killed then), or writes more than 64 MB, and
/// Error{kInterrupted} when `stop` is requested.
ProgramRun run_program(const std::filesystem::path& program, const std::vector<std::string>& arguments, const Env& env,
                       std::chrono::seconds limit, const std::stop_token& stop = {});

/// The same for a program that has to sign in to AWS as we do: it gets AWS's secrets, and none of the others.
ProgramRun run_program_as_us(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                             const Env& env, std::chrono::seconds limit, const std::stop_token& stop = {});

}  // namespace wsdeep::net
