#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/turn/arrival.h"

namespace wsdeep::load {

/// How the gaps between arrivals are drawn; where the rate changes, in units of the expected count.
enum class Arrivals {
  kConstant,
  kPoisson,        ///< free: the number of arrivals varies from seed to seed
  kPoissonFixedN,  ///< conditioned on their number: uniform order statistics
  kGamma,          ///< shape `burstiness`, CV = 1/√burstiness
};

/// A part of the load: the rate goes in a line from `rate_from` to `rate_to` (arrivals a second).
struct Stage {
  std::string name;  ///< `1`, `2` … unless the stages' file names it
  Micros duration = 0;
  double rate_from = 0;
  double rate_to = 0;

  bool operator==(const Stage&) const = default;
};

/// The load of a run: one of an open loop's stages, a trace, or a closed loop.
struct LoadShape {
  Arrivals arrivals = Arrivals::kPoisson;
  double burstiness = 1;
  std::vector<Stage> stages{};              ///< open loop
  std::optional<std::uint64_t> requests{};  ///< ends the schedule early; of a closed loop: so many attempts
  std::optional<int> concurrency{};         ///< closed loop: so many users
  Micros think = 0;                         ///< closed loop: mean pause between an answer and the next question
  Micros duration = 0;                      ///< closed loop: how long
  std::uint64_t seed = 1;
  double cancel_share = 0;  ///< of the turns, chosen by seed and index, that are given up …
  Micros cancel_after = 0;  ///< … so long after their send
  std::string trace{};      ///< the file whose instants are followed: `stages` is then one, with its mean rate

  bool operator==(const LoadShape&) const = default;
};

/// All arrivals of a run, in order of time, drawn before it begins.
struct Schedule {
  std::vector<Stage> stages;
  std::vector<Arrival> arrivals;
  Micros length() const;  ///< of all stages
};

inline constexpr std::uint64_t kMaxArrivals = 20'000'000;

/// The open loop's schedule: the same for the same shape, on every machine. Ends early where the arrival after the last
/// of `requests` would have come. Throws Error{kUsage} for more than kMaxArrivals, before it takes memory for them.
Schedule make_schedule(const LoadShape& shape);

/// The most arrivals in one second of the schedule, of those that begin with an arrival.
std::uint64_t busiest_second(const Schedule& schedule);

/// When the user of attempt `index` gives up, after its send: kNever for most, by the shape's seed, share and time.
Micros cancel_after_of(const LoadShape& shape, std::uint64_t index);
/// Closed loop: the pause before attempt `index`, exponential with the mean `think`.
Micros think_before(const LoadShape& shape, std::uint64_t index);

}  // namespace wsdeep::load
