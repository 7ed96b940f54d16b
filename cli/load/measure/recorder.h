#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "load/measure/summary.h"
#include "load/plan/schedule.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

struct RecorderOptions {
  Micros begin = 0;                 ///< of the schedule, on the run's clock
  std::vector<Stage> stages{};      ///< of the schedule; a closed loop has one
  std::optional<Micros> warm_up{};  ///< given; nothing: to be found
  Micros cool_down = 0;             ///< left out at the schedule's end
  std::vector<Level> levels{};
  /// Gets each record as it comes, before its pieces are folded: for `--records`. May be empty.
  std::function<void(const TurnRecord&)> on_record{};
};

/// What the live line shows.
struct Live {
  Second last;  ///< the last whole second
  Tally so_far;
  std::optional<Quantile> ttft_p50{}, ttft_p99{};  ///< of the last ten seconds
};

/// Takes the records of a run and makes its summary. Memory grows with turns (their instants) and with seconds (their
/// gaps, folded into sparse counts), not with tokens. May be called from any thread.
class Recorder final : public RecordSink {
 public:
  explicit Recorder(RecorderOptions options);
  ~Recorder() override;

  void on_turn(TurnRecord record) override;
  void on_connection(const ConnectionRecord& record) override;
  /// The schedule ended at this instant, before its time perhaps: the window ends there, and what of the stages would
  /// have come later is no part of the run. At most once; without it they end as planned.
  void end_schedule(Micros at);
  Live live(Micros now) const;
  /// `now` is the end of the run.
  Summary summary(Micros now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load
