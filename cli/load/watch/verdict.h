#pragma once

#include <string>
#include <vector>

namespace wsdeep::load {

/// Whether a run's figures may be believed.
enum class Validity {
  kValid,
  kInvalid,       ///< the tool, not the target, was the limit: exit 7
  kInconclusive,  ///< too little independent data for what was asked
};

/// One sign that the tool watched in itself.
struct Signal {
  std::string name;      ///< `send_lag_p99`, `cpu`, `loop_lag`, `clock_step`, `little`, `not_sent`
  std::string value;     ///< for a person: `312 ms`
  std::string limit;     ///< `20 ms`
  std::string advice{};  ///< what to do, where it was broken
  bool broken = false;
};

struct Verdict {
  Validity validity = Validity::kValid;
  std::vector<Signal> signals;  ///< all of them, those that broke first
  /// `INVALID: the turns were sent late: …` for each broken one; of INCONCLUSIVE what is missing.
  std::vector<std::string> reasons;
};

}  // namespace wsdeep::load
