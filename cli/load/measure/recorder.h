#pragma once

#include <memory>
#include <vector>

#include "load/measure/live.h"
#include "load/measure/recorder_options.h"
#include "load/measure/summary.h"
#include "load/turn/open_turn.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

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
  /// How it goes, of what is new since the last time.
  Live live(Micros now);
  /// Of the turns that ended in the last ten seconds, what is known by turns: for rules that end a run. Of those that
  /// are `open` the ones count that are beyond a level or a rule already, with their age.
  Summary recent(Micros now, const std::vector<OpenTurn>& open) const;
  /// `now` is the end of the run.
  Summary summary(Micros now) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wsdeep::load
