#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "load/turn/turn_record.h"

namespace wsdeep::load {

inline constexpr Micros kTestMs = 1000;

/// A turn that was sent on time and completed: its pieces at these milliseconds from its intended instant, one token
/// and four bytes each, its end with the last. On a schedule that begins at 0.
inline TurnRecord completed_turn(Micros intended_ms, const std::vector<Micros>& pieces_ms) {
  TurnRecord turn;
  turn.intended = turn.send = intended_ms * kTestMs;
  turn.how = TurnEnd::kCompleted;
  for (const Micros ms : pieces_ms) turn.pieces.push_back({turn.intended + ms * kTestMs, 1, 4});
  turn.end = turn.pieces.empty() ? turn.send : turn.pieces.back().at;
  if (turn.pieces.empty()) return turn;
  turn.first = turn.answer = turn.pieces.front().at;
  turn.last = turn.pieces.back().at;
  turn.counted_by = TokenCount::kNode;
  turn.output_tokens = static_cast<std::int64_t>(turn.pieces.size());
  return turn;
}

/// One that ended otherwise, without a text.
inline TurnRecord bad_turn(Micros intended_ms, TurnEnd how, std::string reason, Micros end_ms = 1) {
  TurnRecord turn;
  turn.intended = turn.send = intended_ms * kTestMs;
  turn.how = how;
  turn.reason = std::move(reason);
  if (how != TurnEnd::kUnfinished) turn.end = turn.intended + end_ms * kTestMs;
  return turn;
}

}  // namespace wsdeep::load
