#pragma once

#include <optional>
#include <string>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// How far a machine's wall clock may be off, by its own account.
struct ClockError {
  std::optional<Micros> most{};  ///< nothing: nobody knows
  std::string known_by{};        ///< `kernel`, or why it is not known

  bool operator==(const ClockError&) const = default;
};

/// As the kernel has it (adjtimex(2)), which whoever keeps the clock in step tells it: chronyd, ntpd, timesyncd.
ClockError clock_error();

/// What the kernel's numbers say: its state and status, and its bound in µs.
ClockError clock_error_of(int state, int status, long most_us);

}  // namespace wsdeep::load
