#include "load/measure/door_use.h"

#include <algorithm>

namespace wsdeep::load {

namespace {

constexpr std::uint64_t kWriteUnit = 1024;
constexpr std::uint64_t kReadUnit = 4096;
/// Of a token of the prompt, at most; texts of many languages have one to four.
constexpr std::uint64_t kMostBytesPerToken = 8;
/// The handlers take so much of a history into a prompt, and read it by pages: of the last one, which DynamoDB ends at
/// 1 MB, nothing may fit any more.
constexpr std::uint64_t kMostHistoryCharacters = 96'000;
constexpr std::uint64_t kMostBytesPerCharacter = 4;
constexpr std::uint64_t kMostBytesPerPage = 1024 * 1024;

std::uint64_t units_begun(std::uint64_t bytes, std::uint64_t unit) {
  return std::max<std::uint64_t>(1, (bytes + unit - 1) / unit);
}

std::uint64_t between(Micros from, Micros to) {
  return from == kNever || to == kNever || to < from ? 0 : static_cast<std::uint64_t>(to - from);
}

/// An item of so many bytes of text, which is at most what is written there.
CountRange item_units(std::uint64_t least_bytes, std::uint64_t most_bytes) {
  return {units_begun(least_bytes, kWriteUnit), units_begun(most_bytes + kItemBytes, kWriteUnit)};
}

/// A frame has about as many bytes beside its text as an item has.
std::uint64_t least_question_bytes(const TurnRecord& record) {
  const std::uint64_t envelopes = kItemBytes * std::max<std::uint64_t>(1, record.messages_sent);
  return record.bytes_sent - std::min(record.bytes_sent, envelopes);
}

std::uint64_t text_bytes(const TurnRecord& record) {
  std::uint64_t bytes = 0;
  for (const Piece& piece : record.pieces) bytes += piece.bytes;
  return bytes;
}

/// What was read before the question: only the prompt's tokens tell it, and only while all of it fits into a prompt.
std::uint64_t most_bytes_before(const TurnRecord& record) {
  if (record.turn == 0) return 0;
  std::uint64_t prompt = kMostBytesPerCharacter * kMostHistoryCharacters;
  if (record.prompt_tokens)
    prompt = std::min(
        prompt, kMostBytesPerToken * static_cast<std::uint64_t>(std::max<std::int64_t>(0, *record.prompt_tokens)));
  return prompt < kMostHistoryCharacters ? prompt : prompt + kMostBytesPerPage;
}

/// The question is part of it.
CountRange history_units(const TurnRecord& record) {
  return {units_begun(least_question_bytes(record), kReadUnit),
          units_begun(record.bytes_sent + kItemBytes + most_bytes_before(record), kReadUnit)};
}

/// What the node itself took is within the function's time; that of the call, of its tables and posts is beside it.
std::uint64_t least_generation(const TurnRecord& record) {
  const std::uint64_t queued = static_cast<std::uint64_t>(std::max<Micros>(0, record.queue_us.value_or(0)));
  const std::uint64_t seen = queued + between(record.first, record.last);
  const std::uint64_t told = record.token_offsets_us.empty() ? 0 : record.token_offsets_us.back();
  return std::min(std::max(seen, told), std::max(seen, between(record.ack, record.end)));
}

}  // namespace

void DoorUse::add(const TurnRecord& record) {
  if (record.plane != Plane::kChat) return;
  messages_sent += record.messages_sent;
  messages_received += record.messages_received;
  if (record.send == kNever) return;
  ++questions;
  if (record.ack == kNever && record.first == kNever) return;
  ++accepted;
  route_us += between(record.send, record.ack);
  const Micros begun = record.ack != kNever ? record.ack : record.send;
  const Micros known = record.end != kNever ? record.end : record.last;
  const std::uint64_t least = least_generation(record);
  generate_us.add({least, std::max(least, between(begun, known))});
  stored_kb.add(item_units(least_question_bytes(record), record.bytes_sent));
  read_4kb.add(history_units(record));
  if (record.first == kNever) return;
  ++answered;
  stored_kb.add(item_units(0, text_bytes(record)));
}

void DoorUse::add(const DoorUse& other) {
  messages_sent += other.messages_sent;
  messages_received += other.messages_received;
  questions += other.questions;
  accepted += other.accepted;
  answered += other.answered;
  route_us += other.route_us;
  generate_us.add(other.generate_us);
  stored_kb.add(other.stored_kb);
  read_4kb.add(other.read_4kb);
}

}  // namespace wsdeep::load
