#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "load/measure/subjects.h"
#include "load/plan/schedule.h"

namespace wsdeep::load {

/// Which part of the run a level speaks of.
enum class LevelScope { kWhole, kStage, kEachStage, kNode, kEachNode };

/// `ttft_p99<800ms`, `good_share>99%`, `goodput>20/s`; `stage 2: ttft_p99<1s`, `each node: good_share>95%`.
struct Level {
  std::string text;  ///< as it was given
  SubjectKind what;
  bool below = true;  ///< the value has to be below the limit
  double limit = 0;   ///< µs, a share from 0 to 1, or per second
  LevelScope scope = LevelScope::kWhole;
  std::string name{};  ///< of the one stage or node
};

/// Reads a level (`--slo`): what has to hold. Throws Error{kUsage} that quotes it and says what may stand there.
Level parse_level(std::string_view text);
std::vector<std::string> level_texts(const std::vector<Level>& levels);
/// Reads a rule of the same form (`--abort-on`): what ends the run when it holds for the last ten seconds.
Level parse_abort_rule(std::string_view text);

/// Throws Error{kUsage} when a level speaks of a stage that the run has not, or of times between tokens where it cannot
/// see them (`exact_itl`: letter A can be had).
void check_levels(const std::vector<Level>& levels, const std::vector<Stage>& stages, bool exact_itl);

}  // namespace wsdeep::load
