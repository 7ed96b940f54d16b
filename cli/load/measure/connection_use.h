#pragma once

#include <cstdint>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// What connections had of the window: what they are billed by.
struct ConnectionUse {
  Micros open_us = 0;        ///< of all together
  std::uint64_t opened = 0;  ///< in the window
  std::uint64_t closed = 0;  ///< likewise
  Micros upgrade_us = 0;     ///< of those that opened: the end of TLS → 101
  std::uint64_t messages =
      0;  ///< billed, in the whole run, that belong to no turn: the last ones of each, and its pings

  bool operator==(const ConnectionUse&) const = default;
};

}  // namespace wsdeep::load
