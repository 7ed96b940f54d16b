#include "load/measure/level_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "load/measure/bad_count.h"
#include "load/measure/statistics.h"
#include "load/measure/window.h"

namespace wsdeep::load {

namespace {

constexpr double kChance = 0.05;

/// A level on how many of a number are bad: at most a share of them may be.
struct Allowed {
  double share = 0;
  std::string what{};  ///< `turns with text`
};

/// How long a window would have had as many as are needed, at the rate of this one.
std::string needed_window(const Slice& slice, std::uint64_t counted, std::uint64_t needed) {
  if (counted == 0 || slice.to <= slice.from) return "";
  const double seconds = Window{slice.from, slice.to}.seconds();
  return fmt::format(": a window of about {:.0f} s has them at this rate",
                     std::ceil(seconds * static_cast<double>(needed) / static_cast<double>(counted)));
}

/// Whether enough were counted, or so many were bad that it does not matter.
void judge_count(LevelResult& result, const Slice& slice, const BadCount& count, const Allowed& allowed) {
  const std::uint64_t needed = least_count(1 - allowed.share);
  if (count.of >= needed) return;
  if (chance_of_at_least(count.bad, count.of, allowed.share) < kChance) {
    result.judgement = Judgement::kMissed;
    return;
  }
  result.judgement = Judgement::kUndecided;
  result.why = fmt::format("it needs {} {}, and {} were counted{}", needed, allowed.what, count.of,
                           needed_window(slice, count.of, needed));
}

/// One level on one part of the run.
class Judged {
 public:
  Judged(const Level& level, std::string where, const Slice& slice, const NodeBalance& balance)
      : slice_(slice), balance_(balance), result_{.level = level, .where = std::move(where)} {}

  LevelResult judge() {
    std::visit([this](const auto& what) { measure(what); }, result_.level.what);
    return std::move(result_);
  }

 private:
  void measure(const MetricQuantile& what);
  void measure(Share share);
  void measure(Rate rate);
  void decide(double value);
  void leave_open(std::string why) { result_.why = std::move(why); }
  BadCount bad_count(Share share) const;
  Allowed allowed(Share share) const;

  const Slice& slice_;
  const NodeBalance& balance_;
  LevelResult result_;
};

void Judged::decide(double value) {
  const double limit = result_.level.limit;
  result_.value = value;
  result_.judgement = (result_.level.below ? value < limit : value > limit) ? Judgement::kMet : Judgement::kMissed;
}

void Judged::measure(const MetricQuantile& what) {
  const Distribution& all = slice_.of(what.metric);
  const auto quantile = all.quantile(what.share);
  const std::string over(facts_of(what.metric).over);
  if (!quantile) return leave_open(fmt::format("there were no {}", over));
  decide(static_cast<double>(quantile->value));
  result_.more_than = quantile->more_than;
  if (result_.more_than && result_.judgement == Judgement::kMet) {
    result_.judgement = Judgement::kUndecided;
    leave_open(fmt::format("its rank lies among {} that had not come so far when the run ended: a longer --drain tells",
                           all.censored.count()));
  }
  const auto limit = static_cast<std::int64_t>(result_.level.limit);
  judge_count(result_, slice_, longer_than(all, limit), {1 - what.share, over});
}

BadCount Judged::bad_count(Share share) const {
  if (share != Share::kStickiness) return bad_of(share, slice_);
  const double kept = balance_.stickiness.value_or(0) * static_cast<double>(balance_.followed);
  return {.bad = balance_.followed - static_cast<std::uint64_t>(std::llround(kept)), .of = balance_.followed};
}

Allowed Judged::allowed(Share share) const {
  const double limit = result_.level.limit;
  switch (share) {
    case Share::kGood:
      return {1 - limit, "attempts"};
    case Share::kErrors:
    case Share::kRefused:
      return {limit, "attempts"};
    case Share::kStalls:
      return {limit, "turns with text"};
    case Share::kStickiness:
      break;
  }
  return {1 - limit, "turns that follow another one at nodes that are known"};
}

void Judged::measure(Share share) {
  const BadCount count = bad_count(share);
  const Allowed most = allowed(share);
  if (count.of == 0) return leave_open(fmt::format("there were no {}", most.what));
  const double bad = static_cast<double>(count.bad) / static_cast<double>(count.of);
  decide(result_.level.below ? bad : 1 - bad);
  const double worst = static_cast<double>(count.bad + count.perhaps) / static_cast<double>(count.of);
  result_.more_than = count.perhaps > 0;
  if (result_.judgement == Judgement::kMet && worst >= most.share && count.perhaps > 0) {
    result_.judgement = Judgement::kUndecided;
    leave_open(fmt::format("{} had not ended when the run did: a longer --drain tells", count.perhaps));
  }
  judge_count(result_, slice_, count, most);
}

void Judged::measure(Rate rate) {
  if (slice_.to <= slice_.from || slice_.tally.attempts == 0) return leave_open("nothing was sent in the window");
  if (rate == Rate::kGoodput) return decide(slice_.goodput);
  if (slice_.counts_mixed) return leave_open("its turns' tokens were counted in several ways");
  if (slice_.counted_by == TokenCount::kNone) return leave_open("nobody said how many tokens there were");
  decide(slice_.output_rate);
}

using Judge = std::function<void(const std::string& where, const Slice& slice)>;

/// Calls `judge` for each slice that the level names; false when there is none. What no node answered is no node's.
bool for_each_slice(const std::vector<Slice>& slices, const Level& level, bool all, const std::string& kind,
                    const Judge& judge) {
  bool any = false;
  for (const Slice& slice : slices) {
    if (all ? slice.name == kNoNode : slice.name != level.name) continue;
    judge(kind + " " + slice.name, slice);
    any = true;
  }
  return any;
}

bool for_each_slice(const Summary& summary, const Level& level, const Judge& judge) {
  switch (level.scope) {
    case LevelScope::kStage:
    case LevelScope::kEachStage:
      return for_each_slice(summary.stages, level, level.scope == LevelScope::kEachStage, "stage", judge);
    case LevelScope::kNode:
    case LevelScope::kEachNode:
      return for_each_slice(summary.nodes, level, level.scope == LevelScope::kEachNode, "node", judge);
    case LevelScope::kWhole:
      break;
  }
  judge("all", summary.whole);
  return true;
}

LevelResult without_slice(const Level& level) {
  const bool named = level.scope == LevelScope::kNode;
  return {.level = level,
          .where = named ? "node " + level.name : "each node",
          .why = named ? "that node answered nothing in the window" : "no answer said which node it came from"};
}

}  // namespace

std::vector<LevelResult> judge_levels(const std::vector<Level>& levels, const Summary& summary) {
  std::vector<LevelResult> results;
  for (const Level& level : levels) {
    const Judge judge = [&](const std::string& where, const Slice& slice) {
      results.push_back(Judged(level, where, slice, summary.balance).judge());
    };
    if (!for_each_slice(summary, level, judge)) results.push_back(without_slice(level));
  }
  return results;
}

std::optional<SubjectValue> value_of(const Subject& subject, const Summary& summary) {
  constexpr double kAnyLimit = 0.5;
  const Level level{.text = subject.name, .what = subject.what, .below = !subject.more_is_better, .limit = kAnyLimit};
  const LevelResult result = Judged(level, "all", summary.whole, summary.balance).judge();
  if (!result.value) return std::nullopt;
  return SubjectValue{*result.value, result.more_than};
}

}  // namespace wsdeep::load
