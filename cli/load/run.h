#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "load/drive/driver.h"
#include "load/measure/levels.h"
#include "load/measure/recorder.h"
#include "load/measure/recorder_options.h"
#include "load/plan/plan.h"
#include "load/report/result.h"
#include "load/turn/run_witness.h"

namespace wsdeep::load {

/// What a run is to be.
struct RunPlan {
  std::string kind;  ///< as in Result, like the target
  std::string target;
  Plan load;
  std::optional<Micros> warm_up{};
  Micros cool_down = 0;
  std::chrono::milliseconds drain{30'000};  ///< how long turns under way may take to end, after the schedule
  std::chrono::milliseconds hold{0};        ///< how long what is open is kept, between the schedule and the drain
  std::vector<Level> levels{};
  Micros coalescing_window = kUsualCoalescingWindow;  ///< that the target has
  std::vector<Level> abort_rules{};
  std::function<void(const TurnRecord&)> on_record{};
  std::optional<SystemTime> start{};  ///< of the schedule; nothing: as soon as the driver is ready
  RunWitness* witness = nullptr;      ///< gets all that was measured; outlives the run
};

/// Makes what sends `plan`: its records are stamped by `clock` and go to `sink`. All three outlive it.
using MakeDriver = std::function<std::unique_ptr<Driver>(const RunPlan& plan, const RunClock& clock, RecordSink& sink)>;

/// How a run is ended before its time.
struct RunStops {
  std::stop_token soon;  ///< no further turn is begun, those under way may end
  std::stop_token now;   ///< they may not
};

enum class Phase {
  kPreparing,  ///< before the schedule: what the first turn needs is made
  kSending,
  kHolding,   ///< what is open is kept
  kDraining,  ///< turns under way may end
};

/// A run as it goes, each second.
struct Progress {
  Micros at = 0;      ///< since the schedule's begin
  Micros length = 0;  ///< of the schedule and the holding; 0: not known
  Phase phase = Phase::kSending;
  Micros drain_left = 0;                  ///< while draining
  EndedBy ended_by = EndedBy::kSchedule;  ///< kSchedule while it goes on
  std::string ended_why{};
  bool hurried = false;                ///< turns under way are not waited for any more
  std::optional<std::uint64_t> due{};  ///< turns that the schedule has had so far; nothing: it has none
  std::uint64_t begun = 0;             ///< turns
  std::size_t in_flight = 0;
  Live live;
  DriverNow driver{};
  bool judged = true;            ///< it is known whether the tool keeps up; not while others run it
  std::vector<Signal> broken{};  ///< what would make it INVALID if it ended now
};
using OnProgress = std::function<void(const Progress&)>;

/// How a run of this plan is recorded whose schedule begins then.
RecorderOptions recorder_options(const RunPlan& plan, Micros begin);

/// Runs it: prepares the driver, begins every turn at its instant, waits for what is under way, and says what came of
/// it. `on_progress` is called in this thread. What fails before the first turn is thrown; what fails later is in the
/// result, with all that was measured by then. A driver that is not ready at `plan.start` sends nothing:
/// Error{kFailure}.
Result run_load(const RunPlan& plan, const MakeDriver& make_driver, const RunStops& stops,
                const OnProgress& on_progress);

}  // namespace wsdeep::load
