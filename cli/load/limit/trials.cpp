#include "load/limit/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "base/dice.h"
#include "base/error.h"
#include "load/limit/point_judge.h"
#include "load/limit/point_length.h"
#include "load/plan/words.h"
#include "load/report/limit_text.h"

namespace wsdeep::load {
namespace {

constexpr double kWrong = 0.05;         ///< the chance that a bound may be wrong, over all looks at a point
constexpr double kHopelessFrom = 0.25;  ///< a level that allows as much is never hopeless by its median
constexpr int kRequestsAlone = 3;
constexpr int kUsersOfBurst = 32;
constexpr Micros kShortestBurst = 3'000'000;
constexpr Micros kLongestBurst = 60'000'000;
constexpr Micros kPatienceAlone = 120'000'000;
constexpr Micros kLeastPatience = 1'000'000;
constexpr int kTriesToRecover = 5;
constexpr Micros kFirstPause = 1'000'000;
constexpr double kBackToBase = 1.5;
constexpr Micros kBackAllowance = 20'000;

std::string span_words(Micros span) {
  return fmt::format("{}us", span);
}

std::uint64_t completed_in(const Tally& tally) {
  return tally.good + tally.slow;
}

/// What ends a run of which one level is missed by most turns of ten seconds; empty: no rule can say that.
std::string rule_against(const Level& level) {
  if (allowed_share(level) >= kHopelessFrom) return "";
  if (const auto* quantile = std::get_if<MetricQuantile>(&level.what))
    return fmt::format("{}_p50>{:.0f}us", facts_of(quantile->metric).name, level.limit);
  switch (std::get<Share>(level.what)) {
    case Share::kGood:
      return "good_share<50%";
    case Share::kErrors:
      return "error_share>50%";
    case Share::kRefused:
      return "refused_share>50%";
    case Share::kStalls:
      return "stall_rate>50%";
    case Share::kStickiness:
      break;
  }
  return "";
}

/// Whether some node said at last that turns wait there.
bool queued_in(const Result& run) {
  for (const EngineFigures& engine : run.driver.engines)
    for (const EngineFigure& figure : engine.figures)
      if (figure.name == "queued" && figure.last > 0) return true;
  return false;
}

/// To the first text, of requests that were alone.
std::optional<Quantile> first_text(const Result& alone) {
  return alone.summary.whole.of(Metric::kTtft).quantile(0.5);
}

}  // namespace

Trials::Trials(const SearchOptions& options, const SearchTools& tools, LimitSearch& found)
    : options_(options), tools_(tools), found_(found) {
  found_.confidence = 1 - kWrong;
}

std::string Trials::name_of(double load) const {
  return load_words(options_.axis, load);
}

void Trials::say(const std::string& step) const {
  if (tools_.said) tools_.said(step);
}

void Trials::end(SearchEnd by, std::string why) {
  if (over_) return;
  over_ = true;
  found_.ended_by = by;
  found_.ended_why = std::move(why);
}

/// Makes the run; nothing where it could not be begun.
std::optional<Result> Trials::run(const RunSpec& spec) {
  RunSpec own = spec;
  own.plan.seed = seed_of(options_.plan.seed, ++runs_);
  try {
    Result result = tools_.run(own);
    if (result.ended_by == EndedBy::kInterrupt) end(SearchEnd::kInterrupted, "a signal came");
    if (result.ended_by == EndedBy::kFault) end(SearchEnd::kFault, result.ended_why);
    return result;
  } catch (const Error& fault) {
    if (!found_.alone) throw;
    not_made_ = fault.what();
    // A load without a turn, such as a very low one for seconds: others have some.
    if (fault.kind() == ErrorKind::kUsage) return std::nullopt;
    end(fault.kind() == ErrorKind::kInterrupted ? SearchEnd::kInterrupted : SearchEnd::kFault, fault.what());
    return std::nullopt;
  }
}

RunSpec Trials::closed_spec(int users) const {
  RunSpec spec{.plan = options_.plan};
  spec.plan.rate = spec.plan.arrivals = spec.plan.think = std::nullopt;
  spec.plan.burstiness = std::nullopt;
  spec.plan.requests = std::nullopt;
  spec.plan.concurrency = users;
  spec.warm_up = 0;
  return spec;
}

/// No longer than is left.
Micros Trials::patience_alone() const {
  if (options_.budget == 0) return kPatienceAlone;
  return std::clamp(options_.budget - tools_.elapsed(), kLeastPatience, kPatienceAlone);
}

RunSpec Trials::alone_spec(const std::string& name) const {
  RunSpec spec = closed_spec(1);
  spec.plan.requests = kRequestsAlone;
  spec.plan.duration = span_words(patience_alone());
  spec.name = name;
  return spec;
}

void Trials::measure_alone() {
  say("one request at a time");
  found_.alone = run(alone_spec("alone"));
  if (!over_ && found_.alone->verdict.validity == Validity::kInvalid)
    if (std::optional<Result> again = run(alone_spec("alone"))) found_.alone = std::move(again);
  if (!over_ && completed_in(found_.alone->summary.whole.tally) == 0)
    end(SearchEnd::kLeastFails, "not one request was answered whole, though it was alone");
}

void Trials::measure_burst() {
  const Micros length = std::clamp(3 * answer_alone(), kShortestBurst, kLongestBurst);
  if (!affords(length, 0)) return;
  const double answer = static_cast<double>(answer_alone()) / 1e6;
  const double allowed = options_.axis == LoadAxis::kRate ? options_.cap * answer : options_.cap;
  const int users = static_cast<int>(std::clamp(allowed, 1.0, std::min<double>(kUsersOfBurst, options_.most_users)));
  say(fmt::format("a burst of {} who ask at once and again", users));
  RunSpec spec = closed_spec(users);
  spec.plan.duration = span_words(length);
  spec.name = "burst";
  found_.burst = run(spec);
  if (!over_) recover(users);
}

Micros Trials::answer_alone() const {
  const std::optional<Quantile> answer = found_.alone->summary.whole.of(Metric::kE2e).quantile(0.5);
  return answer ? std::max<Micros>(1000, answer->value) : 1'000'000;
}

double Trials::rate_of(double load) const {
  if (options_.axis == LoadAxis::kRate) return load;
  const Micros think = options_.plan.think ? parse_span(*options_.plan.think, "--think") : 0;
  return load * 1e6 / static_cast<double>(answer_alone() + think);
}

Micros Trials::length_wanted(double load) const {
  return point_length(options_.levels, rate_of(load), answer_alone());
}

Micros Trials::length_at(double load) const {
  if (options_.point_length) return *options_.point_length;
  const Micros length = length_wanted(load);
  constexpr Micros kPointsOfBudget = 10;
  return options_.budget > 0 ? std::min(length, options_.budget / kPointsOfBudget) : length;
}

bool Trials::affords(Micros length, Micros reserve) const {
  return options_.budget == 0 || tools_.elapsed() + length + reserve <= options_.budget;
}

RunSpec Trials::spec_of(double load, Micros length, bool first) const {
  RunSpec spec{.plan = options_.plan, .name = name_of(load)};
  if (options_.axis == LoadAxis::kRate)
    spec.plan.rate = load_words(LoadAxis::kRate, load);
  else
    spec.plan.concurrency = static_cast<std::int64_t>(load);
  spec.plan.requests = std::nullopt;
  spec.plan.duration = span_words(length);
  spec.plan.blocks = kPointBlocks;
  spec.warm_up = length / kPointBlocks;
  // What one block of a long run sees is no reason to end it: a second run is made to the end.
  if (first)
    for (const Level& level : options_.levels)
      if (std::string rule = rule_against(level); !rule.empty()) spec.abort_rules.push_back(std::move(rule));
  return spec;
}

PointJudgement Trials::try_load(double load, TriedFor why, const Effort& effort) {
  if (!affords(effort.length, effort.reserve)) {
    end(SearchEnd::kBudget, "its time was over");
    return PointJudgement::kUndecided;
  }
  say(fmt::format("trying {}", name_of(load)));
  LimitPoint& point = found_.points.emplace_back();
  point.load = load;
  point.tried_for = why;
  go_on(point, effort);
  say(fmt::format("{}: {}", name_of(load), point.why));
  const PointJudgement judged = point.judged;
  if (!over_ && judged == PointJudgement::kFailed) recover(load);
  return judged;
}

/// Runs until it is decided. A run of which the tool was the limit is made once more.
void Trials::go_on(LimitPoint& point, const Effort& effort) {
  Micros length = effort.length;
  bool again = false;
  for (int made = 0; made < effort.runs && !over_ && affords(length, effort.reserve);) {
    std::optional<Result> result = run(spec_of(point.load, length, made == 0));
    if (!result) {
      point.why = not_made_;
      break;
    }
    point.runs.push_back(std::move(*result));
    const Verdict& verdict = point.runs.back().verdict;
    if (verdict.validity == Validity::kInvalid) {
      point.judged = PointJudgement::kInvalid;
      point.why = verdict.reasons.empty() ? "the tool was the limit" : verdict.reasons.front();
      if (std::exchange(again, true)) return;
      continue;
    }
    judge_point(point, options_.levels, kWrong / effort.runs);
    // Rules of ours are those of a first run.
    if (made > 0 && point.runs.back().ended_by == EndedBy::kAbortRule) fail_by_rule(point);
    if (point.judged != PointJudgement::kUndecided) return;
    ++made;
    length *= 2;
  }
  if (over_) point.why = "it was ended before it was decided";
}

void Trials::fail_by_rule(LimitPoint& point) {
  point.judged = PointJudgement::kFailed;
  point.why = "ended by the rule " + point.runs.back().ended_why;
}

/// Waits until one request is as fast as it was at first: whatever a point left behind is gone then.
void Trials::recover(double load) {
  const Micros probe = kRequestsAlone * answer_alone();
  Micros pause = kFirstPause;
  int tries = 0;
  for (; tries < kTriesToRecover && !over_ && affords(std::max(pause, probe), 0); ++tries) {
    if (is_back() || over_) return;
    if (!affords(pause, 0)) break;
    if (!tools_.pause(pause)) return end(SearchEnd::kInterrupted, "a signal came");
    pause *= 2;
  }
  if (!over_ && tries > 0)
    found_.notes.push_back(fmt::format(
        "after {} one request alone was still slower than at first: what was tried next may look worse than "
        "it is",
        name_of(load)));
}

bool Trials::is_back() {
  const std::optional<Result> probe = run(alone_spec("until it is quiet"));
  if (!probe || completed_in(probe->summary.whole.tally) == 0 || queued_in(*probe)) return false;
  const std::optional<Quantile> now = first_text(*probe);
  const std::optional<Quantile> before = first_text(*found_.alone);
  if (!now || !before) return true;
  return static_cast<double>(now->value) <= kBackToBase * static_cast<double>(before->value) + kBackAllowance;
}

}  // namespace wsdeep::load
