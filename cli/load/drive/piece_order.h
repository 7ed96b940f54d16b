#pragma once

#include <cstdint>
#include <set>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Follows the numbers of an answer's pieces, which count from 0, and notes in the turn's record what is wrong.
class PieceOrder {
 public:
  /// A number that was passed over counts as a gap until it comes; then it is a disorder.
  void take(std::int64_t number, TurnRecord& record);
  /// The answer begins anew, at 0. What was missing of it stays told.
  void restart();

 private:
  /// A peer that jumps further has lost count, which is one gap.
  static constexpr std::int64_t kLongestJump = 4096;

  std::int64_t next_ = 0;
  std::set<std::int64_t> missing_;
};

}  // namespace wsdeep::load
