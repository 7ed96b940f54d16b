#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/measure/levels.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// Rules that end a run (`--abort-on`). One holds when the level that it is the opposite of is missed, by the last ten
/// seconds and with as little doubt as at the end of a run: two slow turns are no p99.
class AbortRules {
 public:
  /// As parse_abort_rule reads them.
  explicit AbortRules(std::vector<Level> rules);

  /// What ends the run, in words; nothing while none does, and in the first ten seconds. `recent` is the recorder's.
  std::optional<std::string> broken(const Summary& recent) const;

 private:
  std::vector<Level> levels_;  ///< those that have to hold
};

}  // namespace wsdeep::load
