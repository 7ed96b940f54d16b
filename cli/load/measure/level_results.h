#pragma once

#include <optional>
#include <vector>

#include "load/measure/levels.h"
#include "load/measure/summary.h"

namespace wsdeep::load {

/// Judges each level on each part of the run that it speaks of. A level on a percentile or a share is undecided when so
/// few were counted that the next run might as well say the other thing: with fewer than 299 turns, none of which was
/// too slow, a p99 is not known to be good; but it is known to be bad as soon as so many were too slow as one run in
/// twenty would have by chance.
std::vector<LevelResult> judge_levels(const std::vector<Level>& levels, const Summary& summary);

/// What is compared with the limit of a level, of the whole run.
struct SubjectValue {
  double value = 0;        ///< in the subject's unit
  bool more_than = false;  ///< what had not ended might have made it more
};
/// Nothing when it was not measured.
std::optional<SubjectValue> value_of(const Subject& subject, const Summary& summary);

}  // namespace wsdeep::load
