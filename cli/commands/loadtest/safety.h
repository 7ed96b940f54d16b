#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/files.h"
#include "commands/command.h"
#include "load/plan/plan.h"
#include "load/watch/limits.h"

namespace wsdeep::commands {

/// What keeps a load test from becoming an attack by a slip of the pen.
struct SafetyOptions {
  std::string max_rate = "1000/s";
  std::uint64_t max_sessions = 10'000;
  std::string max_duration = "1h";
  bool own_target = false;
};

void add_safety_options(const Command& command, SafetyOptions& options);

/// Throws Error{kUsage} for a target that is not known to be the user's own: neither on loopback nor one of `known`,
/// which the local system or the outputs of an environment name.
void require_own_targets(const SafetyOptions& options, const std::vector<std::string>& urls,
                         const std::vector<std::string>& known);

/// In numbers.
load::LoadCaps caps_of(const SafetyOptions& options);

/// Of the load's fastest moment, in turns a second; 0 for a closed loop.
double peak_rate(const load::Plan& plan);

/// Throws Error{kUsage} for a load above the caps, Error{kFailure} for one that this machine cannot send; raises the
/// limit of file descriptors where so many connections, to so many addresses, need it.
void check_load(const SafetyOptions& options, const load::Plan& plan, std::uint64_t connections,
                std::uint64_t addresses, const Files& files);

}  // namespace wsdeep::commands
