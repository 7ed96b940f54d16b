#include "load/limit/point_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "load/limit/growth.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kRunsThatGrow = 2;
constexpr double kHopeless = 2;  ///< times what is allowed

/// Those that went to their end and of which the tool was not the limit.
CountedRuns counted_runs(const LimitPoint& point) {
  CountedRuns runs;
  for (const Result& run : point.runs)
    if (run.ended_by == EndedBy::kSchedule && run.verdict.validity != Validity::kInvalid) runs.push_back(&run);
  return runs;
}

std::string percent_words(double share) {
  return fmt::format("{:.3g} %", share * 100);
}

LevelShare share_of_level(const Level& level, const CountedRuns& runs, double wrong) {
  const double clustered = clustered_turns(level, runs);
  const ShareBounds sure = share_bounds(blocks_beyond(level, runs, false), clustered, wrong);
  const ShareBounds doubtful = share_bounds(blocks_beyond(level, runs, true), clustered, wrong);
  LevelShare share{.level = level.text, .beyond = sure.beyond, .of = sure.of, .allowed = allowed_share(level)};
  share.low = sure.low;
  share.high = doubtful.high;
  share.clustered = clustered;
  if (share.high <= share.allowed) share.judgement = Judgement::kMet;
  if (share.low > share.allowed) share.judgement = Judgement::kMissed;
  return share;
}

/// What was beyond it of all that was to be sent, if all that was not sent any more had been good.
double least_share(const Level& level, const Result& ended_early) {
  Micros planned = 0;
  for (const Stage& stage : ended_early.shape.stages) planned += stage.duration;
  const Micros ran = ended_early.summary.whole.to;
  BlockCount all;
  for (const BlockCount& block : blocks_beyond(level, {&ended_early}, false)) {
    all.beyond += block.beyond;
    all.of += block.of;
  }
  if (all.of == 0 || ran <= 0 || planned <= 0) return 0;
  const double sent = static_cast<double>(ran) / static_cast<double>(std::max(planned, ran));
  return static_cast<double>(all.beyond) / static_cast<double>(all.of) * sent;
}

/// The level by which the last run, which was ended early, shows that the load is too much; nullptr: it does not.
const Level* hopeless_level(const LimitPoint& point, const std::vector<Level>& levels) {
  const Result& last = point.runs.back();
  if (last.ended_by != EndedBy::kAbortRule || last.verdict.validity == Validity::kInvalid) return nullptr;
  for (const Level& level : levels)
    if (least_share(level, last) > kHopeless * allowed_share(level)) return &level;
  return nullptr;
}

std::string hopeless_words(const Level& level, const Result& last) {
  return fmt::format("{} was missed so clearly that the run was ended early ({}): at least {} beyond it", level.text,
                     last.ended_why, percent_words(least_share(level, last)));
}

std::string missed_words(const LevelShare& share) {
  return fmt::format("{} is missed: {} of {} are beyond it ({}, at least {}; {} allowed)", share.level, share.beyond,
                     share.of, percent_words(static_cast<double>(share.beyond) / static_cast<double>(share.of)),
                     percent_words(share.low), percent_words(share.allowed));
}

std::string open_words(const LevelShare& share) {
  if (share.of == 0) return fmt::format("{}: nothing was measured of it", share.level);
  return fmt::format("{}: {} of {} are beyond it, so that the share is {} to {}, and {} are allowed", share.level,
                     share.beyond, share.of, percent_words(share.low), percent_words(share.high),
                     percent_words(share.allowed));
}

const LevelShare* worst_missed(const std::vector<LevelShare>& shares) {
  const LevelShare* worst = nullptr;
  for (const LevelShare& share : shares) {
    if (share.judgement != Judgement::kMissed) continue;
    if (worst == nullptr || share.low / share.allowed > worst->low / worst->allowed) worst = &share;
  }
  return worst;
}

void decide(LimitPoint& point, PointJudgement judged, std::string why) {
  point.judged = judged;
  point.why = std::move(why);
}

void decide_by_growth(LimitPoint& point, const CountedRuns& runs) {
  const bool always = runs.size() >= kRunsThatGrow && std::ranges::all_of(runs, [](auto* run) { return grows(*run); });
  decide(point, always ? PointJudgement::kFailed : PointJudgement::kUndecided,
         "more came than was answered: turns in flight and the times to the first text grew as long as it went on");
}

}  // namespace

void judge_point(LimitPoint& point, const std::vector<Level>& levels, double wrong) {
  const CountedRuns runs = counted_runs(point);
  point.levels.clear();
  for (const Level& level : levels)
    point.levels.push_back(share_of_level(level, runs.empty() ? CountedRuns{&point.runs.back()} : runs, wrong));
  if (const Level* hopeless = hopeless_level(point, levels))
    return decide(point, PointJudgement::kFailed, hopeless_words(*hopeless, point.runs.back()));
  if (runs.empty()) return decide(point, PointJudgement::kUndecided, "no run of it can be counted");
  if (const LevelShare* missed = worst_missed(point.levels))
    return decide(point, PointJudgement::kFailed, missed_words(*missed));
  if (grows(*runs.back())) return decide_by_growth(point, runs);
  for (const LevelShare& share : point.levels)
    if (share.judgement != Judgement::kMet) return decide(point, PointJudgement::kUndecided, open_words(share));
  decide(point, PointJudgement::kPassed, "every level is met");
}

std::string level_that_failed(const LimitPoint& point, const std::vector<Level>& levels) {
  if (const Level* hopeless = hopeless_level(point, levels)) return hopeless->text;
  if (counted_runs(point).empty()) return "";
  const LevelShare* missed = worst_missed(point.levels);
  return missed == nullptr ? "" : missed->level;
}

}  // namespace wsdeep::load
