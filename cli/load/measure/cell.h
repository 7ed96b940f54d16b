#pragma once

#include <cstdint>

#include "load/measure/door_use.h"
#include "load/measure/gap_counts.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// What is kept of turns together, not of each: the gaps of their pieces, and sums.
struct Cell {
  GapCounts frame_gaps;
  GapCounts token_gaps;  ///< between the instants at which the node made the tokens, where it says them
  GapCounts stalls;
  std::uint64_t reasoning_tokens = 0, wasted_tokens = 0;
  std::uint64_t gaps = 0, repeats = 0, disorders = 0, restarts = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0, billed_messages = 0;
  DoorUse door{};

  /// The sums of a record; its pieces are folded by a PieceFold.
  void add(const TurnRecord& record);
  void add(const Cell& other);
};

}  // namespace wsdeep::load
