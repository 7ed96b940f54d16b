#pragma once

#include <vector>

#include "load/measure/connections.h"
#include "load/report/result.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Adds up what the workers' results have beside their records: pacing and what their drivers counted; what a missing
/// worker was to begin is planned, too. Each of them
/// asked the same nodes and pages how they were: the readings of the first that did stand for all. Little's law is held
/// against the sums.
void merge_figures(Result& merged, const std::vector<Result>& results);

/// What a worker that opens and holds sessions has of them, instants counted from the common begin.
struct PartConnections {
  std::vector<ConnectionRecord> records{};
  ConnectionFigures figures{};
};

/// Counts the sessions of all workers anew. A storm comes over each worker's sessions when they have all been opened or
/// failed, so that it comes a little earlier to some: it is told as from its first instant.
ConnectionFigures merged_connections(const std::vector<PartConnections>& parts);

/// Whether the merged figures may be believed: what is judged on one machine is judged on the merged figures; what each
/// worker saw of itself is judged there, and one that was the limit makes all of it INVALID, named. So does a share
/// that is missing. Where the workers are not on `one_clock`, clocks that may be further apart than kMostClockError
/// make it INCONCLUSIVE.
Verdict merged_verdict(const Result& merged, bool one_clock);

/// So far from each other workers may begin: as late as a turn may be begun (`pacing_max`).
inline constexpr Micros kMostClockError = 100'000;

}  // namespace wsdeep::load
