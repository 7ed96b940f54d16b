#pragma once

#include <string>
#include <vector>

#include "load/limit/share_bounds.h"
#include "load/measure/levels.h"
#include "load/report/result.h"

namespace wsdeep::load {

/// A level as a search sees it: of so many, at most `allowed` may be beyond it.
double allowed_share(const Level& level);

/// Throws Error{kUsage} for a level that a search cannot decide: one on a rate, which grows with the load, on a part of
/// the run, or on what is known of whole runs alone.
void check_search_levels(const std::vector<Level>& levels);

/// The runs of a point that count.
using CountedRuns = std::vector<const Result*>;

/// What is beyond the level in each block of these runs; blocks of the warm-up, in which nothing is counted, are left
/// out. What had not come when a run ended counts where its age alone proves it, or as beyond with `doubtful`.
std::vector<BlockCount> blocks_beyond(const Level& level, const CountedRuns& runs, bool doubtful);

/// Of how many turns that came together one is worth: the most that is seen at the level itself, and at the run's own
/// slowest turns, of which there are always some. (Nothing beyond a limit says nothing of how what is beyond it would
/// have come.)
double clustered_turns(const Level& level, const CountedRuns& runs);

}  // namespace wsdeep::load
