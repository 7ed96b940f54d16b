#pragma once

#include <cstdint>
#include <string>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// What the cancelled turns of a run left behind at their nodes.
struct CancelFigures {
  std::uint64_t cancelled = 0;
  std::uint64_t known = 0;  ///< of these: their node said when the slot was free
  Micros resolution = 0;    ///< so far off any of these instants may be: the longest half round trip
  double slot_seconds = 0;  ///< their slots' time from the cancel until they were free
  std::string fault{};      ///< why others are not known

  bool operator==(const CancelFigures&) const = default;
};

}  // namespace wsdeep::load
