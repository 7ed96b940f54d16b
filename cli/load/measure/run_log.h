#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/cell.h"
#include "load/measure/coalescing.h"
#include "load/measure/connection_tally.h"
#include "load/measure/frame_gaps.h"
#include "load/measure/kept_turn.h"
#include "load/measure/name_table.h"
#include "load/measure/piece_fold.h"
#include "load/measure/received.h"
#include "load/measure/recorder_options.h"
#include "load/measure/window.h"

namespace wsdeep::load {

/// Turns whose gaps are pooled: those of a stage and a node that were intended in one second, as long as the warm-up
/// may yet end there; all later ones together (kLater).
struct CellKey {
  std::uint16_t stage = 0;
  std::uint16_t node = 0;
  std::int64_t second = 0;

  static constexpr std::int64_t kLater = -1;
  auto operator<=>(const CellKey&) const = default;
};

/// What is kept of a run's records.
class RunLog {
 public:
  explicit RunLog(RecorderOptions options);

  void add(const TurnRecord& record);
  void add(const ConnectionRecord& record) { connections_.add(record); }
  void end_schedule(Micros at);

  /// In the order in which they ended.
  const std::deque<KeptTurn>& turns() const { return turns_; }
  /// Those that ended at that instant or later. Turns are told soon after their end, so that only the last ones are
  /// looked at: what was told a second too late may be left out.
  void for_ended_since(Micros from, const std::function<void(const KeptTurn&)>& take) const;
  const std::map<CellKey, Cell>& cells() const { return cells_; }
  const Received& received() const { return received_; }
  const FrameGaps& frame_gaps() const { return frame_gaps_; }
  const ConnectionTally& connections() const { return connections_; }
  const std::vector<CoalescingCase>& coalescing() const { return coalescing_; }
  const Tally& tally() const { return tally_; }
  const std::vector<Stage>& stages() const { return options_.stages; }
  const RecorderOptions& options() const { return options_; }
  const NameTable& nodes() const { return nodes_; }
  const std::string& reason_of(const KeptTurn& turn) const { return reasons_.name(turn.reason); }

  /// Its place among the stages, whatever the record says.
  std::uint16_t stage_of(int stage) const;
  Micros on_schedule(Micros at) const { return at - options_.begin; }
  /// Until when turns were intended: as planned, or until the schedule was ended; `now` when neither is known.
  Micros schedule_end(Micros now) const;
  /// The window in which turns are measured, but for the warm-up.
  Window measured(Micros now) const;
  Window stage_window(std::size_t stage, Micros now) const;
  /// The way of counting that has the tokens of every turn with text: the engine's before the node's, before an
  /// estimate. Nothing when there are texts and none has them all.
  std::optional<TokenCount> counted_by() const;

 private:
  Cell* cell_for(const KeptTurn& turn);
  void count_texts(const KeptTurn& turn);
  void try_windows(const TurnRecord& record);

  RecorderOptions options_;
  Micros planned_ = 0;  ///< length of all stages; 0: not known
  std::optional<Micros> ended_{};
  NameTable nodes_;
  NameTable reasons_;
  std::deque<KeptTurn> turns_;
  std::map<CellKey, Cell> cells_;
  Received received_;
  ConnectionTally connections_;
  std::vector<CoalescingCase> coalescing_;
  PieceFold fold_;
  FrameGaps frame_gaps_;
  Tally tally_;
  std::uint64_t texts_ = 0;
  std::array<std::uint64_t, 4> texts_counted_{};  ///< by TokenCount
};

}  // namespace wsdeep::load
