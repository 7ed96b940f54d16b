#include "load/measure/kept_turn.h"

#include <algorithm>
#include <array>
#include <optional>

namespace wsdeep::load {

namespace {

/// A metric that is the time from one instant of a turn to another.
struct Interval {
  Metric metric;
  Micros KeptTurn::*from;
  Micros KeptTurn::*to;
};

constexpr std::array<Interval, 9> kIntervals = {{
    {Metric::kSendLag, &KeptTurn::intended, &KeptTurn::send},
    {Metric::kAck, &KeptTurn::intended, &KeptTurn::ack},
    {Metric::kAckSent, &KeptTurn::send, &KeptTurn::ack},
    {Metric::kTtft, &KeptTurn::intended, &KeptTurn::first},
    {Metric::kTtftSent, &KeptTurn::send, &KeptTurn::first},
    {Metric::kTtfa, &KeptTurn::intended, &KeptTurn::answer},
    {Metric::kTtfaSent, &KeptTurn::send, &KeptTurn::answer},
    {Metric::kE2e, &KeptTurn::intended, &KeptTurn::end},
    {Metric::kE2eSent, &KeptTurn::send, &KeptTurn::end},
}};

const Interval* interval_of(Metric metric) {
  const auto* found = std::ranges::find(kIntervals, metric, &Interval::metric);
  return found == kIntervals.end() ? nullptr : found;
}

bool is_whole(const Interval& interval) {
  return interval.to == &KeptTurn::end;
}

/// A whole answer's time is that of completed turns alone: a user who gives up does so whatever the answer's length.
/// One who gives up before the first text has waited in vain so long, which is a bound like an unfinished one's.
Reading read_interval(const KeptTurn& turn, const Interval& interval, Micros now) {
  const Micros from = turn.*interval.from;
  const Micros to = turn.*interval.to;
  const bool of_another_plane = interval.to == &KeptTurn::ack && turn.plane != Plane::kChat;
  if (from == kNever || of_another_plane) return {};
  if (turn.unfinished() && (to == kNever || is_whole(interval)))
    return {Reading::kBound, std::max<Micros>(0, now - from)};
  if (is_whole(interval) && turn.how != TurnEnd::kCompleted) return {Reading::kMissing};
  if (to != kNever) return {Reading::kValue, std::max<Micros>(0, to - from)};
  if (turn.how == TurnEnd::kCancelled && turn.end != kNever)
    return {Reading::kBound, std::max<Micros>(0, turn.end - from)};
  return {Reading::kMissing};
}

/// The time of a token after the first piece's: (last − first)/(n − n₁).
Reading read_tpot(const KeptTurn& turn) {
  const bool defined = turn.how == TurnEnd::kCompleted && turn.output_tokens > turn.first_tokens &&
                       turn.first != kNever && turn.last != kNever;
  if (!defined) return {Reading::kMissing};
  const Micros tokens = turn.output_tokens - turn.first_tokens;
  return {Reading::kValue, (std::max<Micros>(0, turn.last - turn.first) + tokens / 2) / tokens};
}

Reading read_longest_gap(const KeptTurn& turn, Micros now) {
  if (!turn.has_text()) return {};
  const Micros longest = turn.longest_gap(now);
  if (longest == kNever) return {Reading::kMissing};
  return {turn.unfinished() ? Reading::kBound : Reading::kValue, longest};
}

Reading read_told(std::uint32_t told) {
  return told == kUnknown ? Reading{Reading::kMissing} : Reading{Reading::kValue, told};
}

std::uint32_t narrow(std::int64_t number) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(number, 0, kUnknown - 1));
}

std::uint32_t narrow(const std::optional<std::int64_t>& number) {
  return number ? narrow(*number) : kUnknown;
}

Micros end_of(const TurnRecord& record) {
  if (record.end != kNever || record.how == TurnEnd::kUnfinished) return record.end;
  return std::max({record.intended, record.send, record.ack, record.last, record.cancelled_at});
}

std::uint32_t cancel_free_of(const TurnRecord& record) {
  const bool seen = record.cancelled_at != kNever && record.slot_free_at != kNever;
  return seen ? narrow(record.slot_free_at - record.cancelled_at) : kUnknown;
}

}  // namespace

Micros KeptTurn::longest_gap(Micros now) const {
  const Micros ended = longest_gap_us == kUnknown ? kNever : Micros{longest_gap_us};
  return unfinished() && last != kNever ? std::max(ended, now - last) : ended;
}

bool KeptTurn::stalled(Micros now) const {
  return stall_after_us != kUnknown && longest_gap(now) > Micros{stall_after_us};
}

KeptTurn kept_of(const TurnRecord& record, Micros begin) {
  const auto on_schedule = [&](Micros at) { return at == kNever ? kNever : at - begin; };
  KeptTurn kept;
  kept.intended = on_schedule(record.intended);
  kept.send = on_schedule(record.send);
  kept.ack = on_schedule(record.ack);
  kept.first = on_schedule(record.first);
  kept.answer = on_schedule(record.answer);
  kept.last = on_schedule(record.last);
  kept.end = on_schedule(end_of(record));
  kept.conversation = record.conversation;
  kept.turn = narrow(record.turn);
  kept.output_tokens = narrow(record.output_tokens);
  kept.prompt_tokens = narrow(record.prompt_tokens);
  kept.cached_tokens = narrow(record.cached_prompt_tokens);
  kept.queue_us = narrow(record.queue_us);
  kept.prefill_us = narrow(record.prefill_us);
  kept.cancel_free_us = cancel_free_of(record);
  kept.how = record.how;
  kept.counted_by = record.counted_by;
  kept.plane = record.plane;
  return kept;
}

Reading read_metric(const KeptTurn& turn, Metric metric, Micros now) {
  switch (metric) {
    case Metric::kTpot:
      return read_tpot(turn);
    case Metric::kLongestGap:
      return read_longest_gap(turn, now);
    case Metric::kQueue:
      return read_told(turn.queue_us);
    case Metric::kPrefill:
      return read_told(turn.prefill_us);
    case Metric::kCancelFree:
      return turn.how == TurnEnd::kCancelled ? read_told(turn.cancel_free_us) : Reading{};
    default: {
      const Interval* interval = interval_of(metric);
      return interval ? read_interval(turn, *interval, now) : Reading{};
    }
  }
}

void add_reading(Distribution& distribution, const Reading& reading) {
  if (reading.kind == Reading::kNone) return;
  ++distribution.of;
  if (reading.kind == Reading::kValue) distribution.values.record(reading.us);
  if (reading.kind == Reading::kBound) distribution.censored.record(reading.us);
}

}  // namespace wsdeep::load
