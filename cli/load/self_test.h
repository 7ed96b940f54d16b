#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/env.h"
#include "load/measure/metric.h"
#include "load/run.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// A percentile that was measured, beside what the node's own stamps say that it was.
struct MeasuredError {
  Metric metric = Metric::kTtft;
  double share = 0.5;
  Micros truth = 0;
  Micros measured = 0;

  Micros error() const { return measured - truth; }
  /// 1 ms, or 1 % of the truth.
  Micros limit() const;
  bool holds() const;
};

/// What the tool makes of a node whose times are known, on this machine, now.
struct SelfTest {
  double capacity = 0;  ///< turns a second: the highest rate tried at which a run was valid
  double tried = 0;     ///< the highest rate tried
  double rate = 0;      ///< at which the errors were measured: 70 % of the capacity
  std::uint64_t turns = 0;
  std::vector<MeasuredError> errors;
  Verdict verdict;  ///< of that run

  bool passed() const;
};

struct SelfTestOptions {
  std::string program;  ///< path of wsdeep itself
  Env env;
  RunStops stops{};
  std::function<void(const std::string& step)> on_step{};  ///< `100/s`; may be empty
};

/// Runs against a simulated node on loopback: doubles the rate until a run is invalid, then measures at 70 % of the
/// last valid one. Takes a quarter of a minute. Throws Error{kInterrupted} when it is stopped.
SelfTest run_self_test(const SelfTestOptions& options);

/// What a person reads of it.
std::string describe(const SelfTest& test);

}  // namespace wsdeep::load
