#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "load/plan/plan.h"
#include "load/report/result.h"

/// Several runs that answer one question: what a series or a search asks for, and who makes it, know nothing of each
/// other.
namespace wsdeep::load {

/// A run that is to be made.
struct RunSpec {
  PlanOptions plan{};
  std::string name{};  ///< for whoever watches: `A 3 of 5`, `12.5/s`
  int side = 0;        ///< of two targets: 0 is A, 1 is B
  /// What is left out at the beginning, unless the command line says it; nothing: as it does.
  std::optional<Micros> warm_up{};
  std::vector<std::string> abort_rules{};  ///< beside the command line's
};

/// Makes it, here or on many machines, and waits for its end; its prompts are new ones. A run that was interrupted is a
/// Result that says so. Throws Error where its first turn could not be begun.
using RunOne = std::function<Result(const RunSpec&)>;

}  // namespace wsdeep::load
