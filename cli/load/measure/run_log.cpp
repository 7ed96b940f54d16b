#include "load/measure/run_log.h"

#include <algorithm>
#include <utility>

#include "load/measure/slice_builder.h"
#include "load/measure/turn_levels.h"

namespace wsdeep::load {

namespace {

constexpr std::size_t kMostNodes = 100;
constexpr std::size_t kMostReasons = 200;

std::vector<Stage> at_least_one(std::vector<Stage> stages) {
  if (stages.empty()) stages.push_back({.name = "1"});
  return stages;
}

}  // namespace

RunLog::RunLog(RecorderOptions options)
    : options_(std::move(options)), nodes_(kMostNodes, "other nodes"), reasons_(kMostReasons, "other reasons") {
  options_.stages = at_least_one(std::move(options_.stages));
  coalescing_ = coalescing_cases(options_.coalescing_window);
  for (const Stage& stage : options_.stages) received_.cut_at(planned_ += stage.duration);
  received_.cut_at(measured(planned_).to);
  received_.cut_at(options_.warm_up.value_or(0));
}

void RunLog::add(const TurnRecord& record) {
  KeptTurn turn = kept_of(record, options_.begin);
  turn.stage = stage_of(record.stage);
  turn.node = nodes_.number_of(record.node);
  turn.reason = reasons_.number_of(record.reason);
  Cell* const cell = cell_for(turn);
  fold_.fold(record, options_.begin, turn, cell, received_);
  if (turn.end != kNever) frame_gaps_.add(turn.end, fold_.gaps(), cell != nullptr);
  if (cell != nullptr && turn.plane == Plane::kChat && turn.letter == ItlLetter::kExact) try_windows(record);
  turn.slow = turn.how == TurnEnd::kCompleted &&
              is_slow(turn, options_.levels, options_.stages[turn.stage].name, nodes_.name(turn.node));
  count_texts(turn);
  count_turn(tally_, turn, reason_of(turn));
  turns_.push_back(turn);
}

std::uint16_t RunLog::stage_of(int stage) const {
  return static_cast<std::uint16_t>(std::clamp(stage, 0, static_cast<int>(options_.stages.size() - 1)));
}

void RunLog::try_windows(const TurnRecord& record) {
  for (CoalescingCase& one : coalescing_) one.add(record.token_offsets_us);
}

/// Null for a turn that no window can hold: one of a given warm-up, or of the cool-down.
Cell* RunLog::cell_for(const KeptTurn& turn) {
  const bool warming = options_.warm_up && turn.intended < *options_.warm_up;
  const bool cooling = planned_ > 0 && turn.intended >= planned_ - options_.cool_down;
  if (turn.intended < 0 || warming || cooling) return nullptr;
  // A warm-up that is found is at most the first half of the first stage.
  const Micros half = options_.stages.front().duration / 2;
  const bool may_be_cut = planned_ == 0 || (!options_.warm_up && turn.stage == 0 && turn.intended <= half);
  return &cells_[{turn.stage, turn.node, may_be_cut ? turn.intended / kOneSecond : CellKey::kLater}];
}

void RunLog::count_texts(const KeptTurn& turn) {
  if (!turn.has_text()) return;
  ++texts_;
  ++texts_counted_[place_of(turn.counted_by)];
  if (turn.counted_by != TokenCount::kNode && turn.piece_tokens != kUnknown)
    ++texts_counted_[place_of(TokenCount::kNode)];
}

std::optional<TokenCount> RunLog::counted_by() const {
  if (texts_ == 0) return TokenCount::kNone;
  for (const TokenCount count : {TokenCount::kUsage, TokenCount::kNode, TokenCount::kEstimated})
    if (texts_counted_[place_of(count)] == texts_) return count;
  return texts_counted_[place_of(TokenCount::kNone)] == texts_ ? std::optional(TokenCount::kNone) : std::nullopt;
}

void RunLog::for_ended_since(Micros from, const std::function<void(const KeptTurn&)>& take) const {
  for (auto turn = turns_.rbegin(); turn != turns_.rend(); ++turn) {
    if (turn->end == kNever) continue;
    if (turn->end < from - kOneSecond) return;
    if (turn->end >= from) take(*turn);
  }
}

void RunLog::end_schedule(Micros at) {
  ended_ = std::max<Micros>(0, on_schedule(at));
  received_.cut_at(*ended_);
  received_.cut_at(measured(*ended_).to);
}

Micros RunLog::schedule_end(Micros now) const {
  return ended_ ? *ended_ : planned_ > 0 ? planned_ : now;
}

/// The cool-down is the end of the schedule as it was planned: one that was ended before it has none.
Window RunLog::measured(Micros now) const {
  const Micros end = schedule_end(now);
  const Micros planned_end = (planned_ > 0 ? planned_ : end) - options_.cool_down;
  return {0, std::max<Micros>(0, std::min(end, planned_end))};
}

Window RunLog::stage_window(std::size_t stage, Micros now) const {
  Micros from = 0;
  for (std::size_t before = 0; before < stage; ++before) from += options_.stages[before].duration;
  const bool is_last = stage + 1 == options_.stages.size();
  const Micros end = schedule_end(now);
  const Micros to = is_last ? std::max(end, from) : from + options_.stages[stage].duration;
  return {from, std::min(to, std::max(end, from))};
}

}  // namespace wsdeep::load
