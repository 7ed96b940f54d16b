#include "load/measure/cell.h"

#include <algorithm>

namespace wsdeep::load {

void Cell::add(const TurnRecord& record) {
  reasoning_tokens += static_cast<std::uint64_t>(std::max<std::int64_t>(0, record.reasoning_tokens));
  wasted_tokens += record.wasted_tokens;
  gaps += record.gaps;
  repeats += record.repeats;
  disorders += record.disorders;
  restarts += record.restarts;
  bytes_sent += record.bytes_sent;
  bytes_received += record.bytes_received;
  billed_messages += record.billed_messages;
  door.add(record);
}

void Cell::add(const Cell& other) {
  frame_gaps.add(other.frame_gaps);
  token_gaps.add(other.token_gaps);
  stalls.add(other.stalls);
  reasoning_tokens += other.reasoning_tokens;
  wasted_tokens += other.wasted_tokens;
  gaps += other.gaps;
  repeats += other.repeats;
  disorders += other.disorders;
  restarts += other.restarts;
  bytes_sent += other.bytes_sent;
  bytes_received += other.bytes_received;
  billed_messages += other.billed_messages;
  door.add(other.door);
}

}  // namespace wsdeep::load
