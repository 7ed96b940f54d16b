#pragma once

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// What is known of a turn that is under way. Instants are on the run's clock.
struct OpenTurn {
  Micros intended = 0;
  int stage = 0;
  Micros first = kNever;  ///< when its first text came
};

}  // namespace wsdeep::load
