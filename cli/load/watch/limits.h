#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// What a run asks for at its height.
struct RunSize {
  double rate = 0;              ///< arrivals a second; 0: a closed loop
  std::uint64_t sessions = 0;   ///< connections that are open at a time
  std::uint64_t addresses = 1;  ///< of the target: the sessions are spread over so many
  std::uint64_t turns = 0;      ///< in all
  Micros duration = 0;
};

/// How large a run may be unless more is asked for, so that a slip of the pen loads nobody.
struct LoadCaps {
  double rate = 1000;
  std::uint64_t sessions = 10'000;
  Micros duration = 3600LL * 1'000'000;
};

/// Throws Error{kUsage} that names the flag which raises the cap.
void check_caps(const RunSize& size, const LoadCaps& caps);

/// Throws Error{kFailure} that says what is missing, and the command that gives it: ports for the connections to one
/// address, and memory for what is kept of each turn and session. What the kernel does not tell limits nothing.
void check_machine(const RunSize& size, const Files& files);

/// Raises the limit of file descriptors to the hard one, if so many sessions need it. Throws Error{kFailure} with the
/// command that raises that one.
void make_room_for_descriptors(std::uint64_t sessions);

/// Memory that a run of this size takes, in bytes: for its schedule, its turns and its connections.
std::uint64_t memory_estimate(const RunSize& size);

/// 127.0.0.0/8, ::1 and `localhost`: what cannot be anybody else's.
bool is_loopback(std::string_view host);

/// Throws Error{kUsage} unless the target may be loaded: because it is on loopback, because one of `known` (URLs or
/// hosts of the environment's outputs and of the local system) names its host, or because `said_own`.
void require_own_target(std::string_view url, const std::vector<std::string>& known, bool said_own);

}  // namespace wsdeep::load
