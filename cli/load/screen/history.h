#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "load/run.h"

namespace wsdeep::load {

/// What a screen remembers of a run: how it goes now, and what it plots of each second before.
class RunHistory {
 public:
  void add(Progress progress);

  /// The last that was added.
  const Progress& now() const { return now_; }

  /// A second, over the last ten seconds; nothing where the schedule has no rate of its own.
  std::optional<double> due_rate() const;
  double sent_rate() const;
  /// Sessions that were opened.
  double opened_rate() const;

  /// One of a second of the run.
  struct Sample {
    Micros at = 0;
    std::uint64_t due = 0;
    std::uint64_t begun = 0;
    std::uint64_t open = 0;    ///< sessions
    std::uint64_t opened = 0;  ///< likewise
    std::optional<Micros> ttft_p99{};
    double in_flight = 0;
  };
  const std::vector<Sample>& samples() const { return samples_; }

 private:
  void sample(const Progress& progress);
  double rate_of(std::uint64_t Sample::*count) const;

  std::vector<Sample> samples_;
  Progress now_;
};

}  // namespace wsdeep::load
