#pragma once

#include <cstdint>

#include "load/measure/levels.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// What is bad of a number that was counted.
struct BadCount {
  std::uint64_t bad = 0;
  std::uint64_t perhaps = 0;  ///< those of which it is not known
  std::uint64_t of = 0;
};

/// Those that were longer than `limit`; what had not come when the run ended is bad where its age alone proves it.
BadCount longer_than(const Distribution& measured, std::int64_t limit);
/// Those that a share speaks of, or that are none of the good ones. Not of stickiness, which no slice knows.
BadCount bad_of(Share share, const Slice& slice);

}  // namespace wsdeep::load
