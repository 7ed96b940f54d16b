#pragma once

#include <vector>

#include "load/measure/cell.h"
#include "load/measure/kept_turn.h"
#include "load/measure/received.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Folds the pieces of turns, one turn after the other: what of them is each turn's own into the turn kept, the gaps
/// into a cell, the tokens into the seconds in which they came. From one thread at a time.
class PieceFold {
 public:
  /// `cell` may be null: the turn is in no window, and its gaps count nowhere.
  void fold(const TurnRecord& record, Micros begin, KeptTurn& turn, Cell* cell, Received& received);
  /// Of the turn that was folded last, in order.
  const std::vector<Micros>& gaps() const { return gaps_; }

 private:
  void take_gaps(const TurnRecord& record);
  Micros stall_limit();
  void fold_gaps(const TurnRecord& record, KeptTurn& turn, Cell* cell);

  std::vector<Micros> gaps_;    ///< of the turn, in order
  std::vector<Micros> sorted_;  ///< scratch for their median
};

}  // namespace wsdeep::load
