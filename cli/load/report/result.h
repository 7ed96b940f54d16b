#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/measure/driver_figures.h"
#include "load/measure/pacing.h"
#include "load/measure/summary.h"
#include "load/plan/schedule.h"
#include "load/report/cost_figures.h"
#include "load/report/merged_worker.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// What `schema` is in a result's JSON. Fields may be added under the same name; a change of meaning changes it.
inline constexpr std::string_view kResultSchema = "wsdeep.loadtest/1";

/// Why a run came to its end.
enum class EndedBy {
  kSchedule,
  kAbortRule,
  kInterrupt,
  kFault,
  kWorkerLost,  ///< one of many workers was gone, and the others were stopped
};

/// All that is known of a run: what every report is made of.
struct Result {
  std::string id;       ///< random, for file names and labels
  std::string kind;     ///< `chat`, `llm`, `connect`, `both`
  std::string target;   ///< its URL, without a query
  std::string version;  ///< of this tool
  SystemTime started;
  LoadShape shape;
  std::string prompts;  ///< in words: `200 tokens, 3 turns, new ones (seed 7)`
  EndedBy ended_by = EndedBy::kSchedule;
  std::string ended_why{};  ///< the rule, or the fault
  Pacing pacing;
  Summary summary;
  DriverFigures driver;
  Verdict verdict;
  std::optional<std::vector<MergedWorker>> workers{};  ///< of a run that many did
  std::optional<CostFigures> cost{};                   ///< when it was asked for
};

}  // namespace wsdeep::load
