#pragma once

#include <cstdint>

#include "load/measure/histogram.h"

namespace wsdeep::load {

/// How well the tool kept its own schedule, whatever the target did.
struct Pacing {
  std::uint64_t planned = 0;  ///< arrivals of the schedule; of a closed loop: those that came to be
  std::uint64_t begun = 0;    ///< of them: fewer when the run was ended early
  Histogram late;             ///< µs from the intended instant until the turn was begun, of each
};

}  // namespace wsdeep::load
