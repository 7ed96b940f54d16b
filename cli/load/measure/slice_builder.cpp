#include "load/measure/slice_builder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "load/measure/itl_bounds.h"
#include "load/measure/turn_levels.h"

namespace wsdeep::load {

namespace {

std::uint64_t& row_of(Tally& tally, const KeptTurn& turn) {
  switch (turn.how) {
    case TurnEnd::kCompleted:
      return turn.slow ? tally.slow : tally.good;
    case TurnEnd::kRefused:
      return tally.refused;
    case TurnEnd::kFailed:
      return tally.failed;
    case TurnEnd::kTruncated:
      return tally.truncated;
    case TurnEnd::kCancelled:
      return tally.cancelled;
    case TurnEnd::kUnfinished:
      break;
  }
  return turn.slow ? tally.slow : tally.unfinished;
}

}  // namespace

void count_turn(Tally& tally, const KeptTurn& turn, const std::string& reason) {
  ++tally.attempts;
  ++row_of(tally, turn);
  if (turn.how != TurnEnd::kCompleted && !reason.empty()) ++tally.reasons[reason];
}

SliceBuilder::SliceBuilder(std::string name, const Window& window, Micros now) : window_(window), now_(now) {
  slice_.name = std::move(name);
  slice_.from = window.from;
  slice_.to = std::max(window.from, window.to);
}

void SliceBuilder::add_intended(const KeptTurn& turn, const std::string& reason) {
  count_turn(slice_.tally, turn, reason);
  add_readings(turn);
  add_tokens(turn);
  add_open_generation(turn);
  if (!turn.has_text()) return;
  // The letter of a slice is the worst of its turns, and the enumeration's order is from the best.
  slice_.itl = any_text_ ? std::max(slice_.itl, turn.letter) : turn.letter;
  any_text_ = true;
  add_open_gap(turn);
  if (turn.stalled(now_)) ++slice_.stalled_turns;
  if (turn.how == TurnEnd::kCompleted && turn.answer == kNever) ++slice_.no_answer;
}

void SliceBuilder::add_open(const KeptTurn& turn) {
  count_turn(slice_.tally, turn, {});
  for (const Metric metric : kOpenMetrics)
    add_reading(slice_.metrics[static_cast<std::size_t>(metric)], read_metric(turn, metric, now_));
}

void SliceBuilder::add_readings(const KeptTurn& turn) {
  for (const MetricFacts& facts : metric_table()) {
    if (!is_turn_metric(facts.metric)) continue;
    add_reading(slice_.metrics[static_cast<std::size_t>(facts.metric)], read_metric(turn, facts.metric, now_));
  }
}

/// An unfinished turn's last gap is open: a lower bound, and perhaps a stall already.
void SliceBuilder::add_open_gap(const KeptTurn& turn) {
  if (!turn.unfinished() || turn.last == kNever) return;
  const Micros open = std::max<Micros>(0, now_ - turn.last);
  slice_.metrics[static_cast<std::size_t>(Metric::kFrameGap)].censored.record(open);
  if (open > Micros{turn.stall_after_us})
    slice_.metrics[static_cast<std::size_t>(Metric::kStall)].censored.record(open);
}

void SliceBuilder::add_tokens(const KeptTurn& turn) {
  const auto count = [&](TokenCount way, std::uint32_t tokens) {
    tokens_[static_cast<std::size_t>(way)] += tokens;
    if (turn.good()) good_tokens_[static_cast<std::size_t>(way)] += tokens;
  };
  count(turn.counted_by, turn.output_tokens);
  if (turn.counted_by != TokenCount::kNode && turn.piece_tokens != kUnknown)
    count(TokenCount::kNode, turn.piece_tokens);
  if (turn.prompt_tokens == kUnknown) return;
  slice_.prompt_tokens += turn.prompt_tokens;
  if (turn.cached_tokens == kUnknown) return;
  prompt_tokens_of_cached_ += turn.prompt_tokens;
  cached_tokens_ += std::min(turn.cached_tokens, turn.prompt_tokens);
}

/// An unfinished turn's function runs on after the last that was heard of it, as far as this run could see.
void SliceBuilder::add_open_generation(const KeptTurn& turn) {
  if (turn.plane != Plane::kChat || !turn.unfinished() || turn.ack == kNever) return;
  const Micros heard = turn.last != kNever ? turn.last : turn.ack;
  slice_.door.generate_us.most += static_cast<std::uint64_t>(std::max<Micros>(0, now_ - heard));
}

void SliceBuilder::add_presence(const KeptTurn& turn) {
  if (turn.send == kNever) return;
  const Micros over = std::max(turn.send, turn.over_at(now_));
  presence_ += Window{turn.send, over}.within(window_).length();
  if (window_.holds(turn.send)) ++sent_;
}

void SliceBuilder::set_tokens(TokenCount counted_by, bool mixed, std::uint64_t received) {
  slice_.counted_by = counted_by;
  slice_.counts_mixed = mixed;
  slice_.output_rate = window_.rate(static_cast<double>(received));
}

double SliceBuilder::mean_in_flight() const {
  const Micros length = window_.length();
  return length == 0 ? 0 : static_cast<double>(presence_) / static_cast<double>(length);
}

Slice SliceBuilder::build() {
  build_gaps();
  const auto attempts = static_cast<double>(slice_.tally.attempts);
  slice_.intended_rate = window_.rate(attempts);
  slice_.sent_rate = window_.rate(static_cast<double>(sent_));
  slice_.goodput = window_.rate(static_cast<double>(slice_.tally.good));
  slice_.mean_in_flight = mean_in_flight();
  slice_.output_tokens = tokens_[static_cast<std::size_t>(slice_.counted_by)];
  slice_.good_output_tokens = good_tokens_[static_cast<std::size_t>(slice_.counted_by)];
  if (prompt_tokens_of_cached_ > 0)
    slice_.cached_share = static_cast<double>(cached_tokens_) / static_cast<double>(prompt_tokens_of_cached_);
  slice_.reasoning_tokens = cell_.reasoning_tokens;
  slice_.wasted_tokens = cell_.wasted_tokens;
  slice_.gaps = cell_.gaps;
  slice_.repeats = cell_.repeats;
  slice_.disorders = cell_.disorders;
  slice_.restarts = cell_.restarts;
  slice_.bytes_sent = cell_.bytes_sent;
  slice_.bytes_received = cell_.bytes_received;
  slice_.billed_messages = cell_.billed_messages;
  slice_.door.add(cell_.door);
  return std::move(slice_);
}

/// Everything that is pooled over gaps. Times between tokens are said only when every turn of the slice has them.
void SliceBuilder::build_gaps() {
  const auto pooled = [this](Metric metric, const GapCounts& counts) -> Distribution& {
    Distribution& distribution = slice_.metrics[static_cast<std::size_t>(metric)];
    distribution.values = counts.gaps();
    distribution.of = distribution.counted();
    return distribution;
  };
  pooled(Metric::kFrameGap, cell_.frame_gaps);
  const Distribution& stalls = pooled(Metric::kStall, cell_.stalls);
  slice_.stalls = stalls.of;
  slice_.longest_stall = std::max(stalls.values.max(), stalls.censored.max());
  if (slice_.itl == ItlLetter::kExact) pooled(Metric::kItl, cell_.token_gaps);
  if (slice_.itl == ItlLetter::kCountOnly) slice_.itl_bounds = bound_itl(cell_.frame_gaps);
}

}  // namespace wsdeep::load
