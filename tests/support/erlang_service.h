#pragma once

#include <cmath>
#include <cstdint>

#include "support/load_queue.h"

namespace wsdeep::testing {

/// A queue of which theory knows all: Poisson arrivals, so many slots, exponential times.
struct ErlangService {
  int slots = 8;
  load::Micros mean = 100'000;
  double share_to_first = 0.62;  ///< of a turn's time in its slot, until its first text

  QueueService queue(std::uint64_t seed) const {
    const auto to_first = static_cast<load::Micros>(share_to_first * static_cast<double>(mean));
    const load::Micros token = mean - to_first;
    return {.slots = slots,
            .prefill = mean - 2 * token,
            .tokens = 2,
            .token = token,
            .times = ServiceTimes::kExponential,
            .seed = seed};
  }

  double capacity() const { return slots * 1e6 / static_cast<double>(mean); }

  /// Erlang C: the chance that a turn has to wait.
  double waits(double rate) const {
    const double load = rate * static_cast<double>(mean) / 1e6;
    double term = 1;
    double sum = 1;
    for (int k = 1; k < slots; ++k) sum += term *= load / k;
    const double all_busy = term * load / slots / (1 - load / slots);
    return all_busy / (sum + all_busy);
  }

  /// The chance that the first text comes later: a wait, and a part of the turn's own time.
  double later_than(double seconds, double rate) const {
    const double wait = capacity() - rate;
    const double own = 1e6 / static_cast<double>(mean) / share_to_first;
    const double queued = waits(rate);
    const double both = (own * std::exp(-wait * seconds) - wait * std::exp(-own * seconds)) / (own - wait);
    return (1 - queued) * std::exp(-own * seconds) + queued * both;
  }

  /// The rate at which so large a share is later.
  double knee(double seconds, double share) const {
    double low = 0.01 * capacity();
    double high = 0.9999 * capacity();
    for (int step = 0; step < 60; ++step) {
      const double middle = (low + high) / 2;
      (later_than(seconds, middle) < share ? low : high) = middle;
    }
    return low;
  }
};

}  // namespace wsdeep::testing
