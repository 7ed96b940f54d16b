#include "load/limit/find_limit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "base/random.h"
#include "load/limit/near_limit.h"
#include "load/limit/next_load.h"
#include "load/limit/point_judge.h"
#include "load/limit/trials.h"
#include "load/report/limit_text.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

constexpr double kPrecision = 0.05;
constexpr int kRunsOfPoint = 3;
constexpr int kRunsOfConfirmation = 2;
constexpr int kMostConfirmations = 3;
/// Turns that come as seldom as that hardly ever meet.
constexpr double kLeastOverlap = 0.05;
/// Of fewer turns nothing can be said, and of a few there may be none: arrivals are random.
constexpr double kFewestTurns = 10;
/// Where nothing passed, and the tool was the limit of so many loads, each half of the one before, less load is no
/// remedy.
constexpr std::ptrdiff_t kMostInvalid = 4;

LimitSearch begun(const SearchOptions& options) {
  LimitSearch found;
  found.id = random_uuid();
  found.kind = options.kind;
  found.target = options.target;
  found.axis = options.axis;
  found.levels = level_texts(options.levels);
  found.precision = kPrecision;
  found.cap = options.cap;
  found.budget = options.budget;
  return found;
}

void conclude(LimitSearch& found, const SearchOptions& options, const SearchTools& tools) {
  const std::vector<KnownLoad> known = known_loads(found.points);
  found.passes = highest_passing(known);
  found.fails = lowest_failing(known);
  found.took = tools.elapsed();
  for (const KnownLoad& one : known)
    if (found.fails && one.judged == PointJudgement::kPassed && one.load > *found.fails)
      found.notes.push_back(
          fmt::format("{} passed although {} failed: the answer does not grow worse with the load alone",
                      load_words(found.axis, one.load), load_words(found.axis, *found.fails)));
  for (const LimitPoint& point : found.points) {
    if (!found.fails || point.load != *found.fails || point.judged != PointJudgement::kFailed) continue;
    found.broke_first = level_that_failed(point, options.levels);
    found.near_limit = near_limits(point);
  }
}

/// What was measured before the first point.
void take_labels(LimitSearch& found) {
  if (!found.alone) return;
  found.version = found.alone->version;
  found.started = found.alone->started;
}

class Search {
 public:
  Search(const SearchOptions& options, Trials& trials, LimitSearch& found)
      : options_(options), trials_(trials), found_(found) {}

  void go() {
    if (alone_is_too_much() || trials_.over()) return;
    if (!options_.first && options_.axis == LoadAxis::kRate) trials_.measure_burst();
    if (trials_.over()) return;
    try_point({first_load(), TriedFor::kFirst});
    narrow();
    for (int tries = 0; tries < kMostConfirmations && !found_.confirmed && passing() && !trials_.over(); ++tries) {
      confirm(*passing());
      narrow();
    }
    note_short_points();
    end();
  }

 private:
  std::vector<KnownLoad> known() const { return known_loads(found_.points); }
  std::optional<double> passing() const { return highest_passing(known()); }

  SearchRange range() const {
    const double least =
        options_.axis == LoadAxis::kUsers ? 1 : sayable_load(options_.axis, std::max(seldom(), least_of_points()));
    return {
        .axis = options_.axis, .least = std::min(least, options_.cap), .cap = options_.cap, .precision = kPrecision};
  }

  double seldom() const { return kLeastOverlap * 1e6 / static_cast<double>(trials_.answer_alone()); }

  /// Below it a point, for which a budget may leave seconds, has too few turns.
  double least_of_points() const { return kFewestTurns * 1e6 / static_cast<double>(trials_.length_at(seldom())); }

  bool alone_is_too_much();
  double first_load() const;

  void narrow() {
    while (!trials_.over() && !machine_is_too_busy()) {
      const std::optional<NextLoad> next = next_load(known(), range());
      if (!next) return;
      // What is left may still confirm what passed.
      if (passing() && !trials_.affords(trials_.length_at(next->load), reserve_at(next->load))) {
        out_of_time_ = true;
        return;
      }
      try_point(*next);
    }
  }

  bool machine_is_too_busy() const {
    return !passing() && std::ranges::count(known(), PointJudgement::kInvalid, &KnownLoad::judged) >= kMostInvalid;
  }

  /// Time for one look at a confirmation.
  Micros reserve_at(double load) const { return passing() ? 2 * trials_.length_at(load) : 0; }

  void try_point(const NextLoad& next) {
    trials_.try_load(next.load, next.why, {trials_.length_at(next.load), kRunsOfPoint, reserve_at(next.load)});
  }

  void confirm(double load) {
    const Micros length = 2 * trials_.length_at(load);
    found_.confirmed =
        trials_.try_load(load, TriedFor::kConfirmation, {length, kRunsOfConfirmation, 0}) == PointJudgement::kPassed;
  }

  std::string cap_words() const {
    return options_.axis == LoadAxis::kUsers ? "stopped at --max-sessions" : "stopped at --max-rate";
  }

  std::string least_words() const {
    if (options_.axis == LoadAxis::kUsers || least_of_points() <= seldom())
      return "turns that hardly ever overlap are too much already";
    return "points are too short to try a lower load: give it more time (--find-limit-for, --duration)";
  }

  std::string tool_words() const {
    if (passing() || lowest_failing(known())) return "this machine cannot send more";
    return "this machine, not the target, was the limit of every load that was tried";
  }

  /// Turns of so short a time share their fate, and no bound knows that.
  void note_short_points() {
    if (!passing()) return;
    const Micros length = trials_.length_at(*passing());
    const Micros wanted = trials_.length_wanted(*passing());
    if (length < wanted)
      found_.notes.push_back(
          fmt::format("points of {} are too short to be sure of ({} would not be): the interval may "
                      "be beside the limit more often than the manual says",
                      seconds_text(length), seconds_text(wanted)));
  }

  void end() {
    const std::optional<double> failing = lowest_failing(known());
    if (out_of_time_) return trials_.end(SearchEnd::kBudget, "its time was over");
    if (passing() && failing) return trials_.end(SearchEnd::kFound);
    if (passing() && *passing() >= options_.cap) return trials_.end(SearchEnd::kAtCap, cap_words());
    if (lowest_invalid(known())) return trials_.end(SearchEnd::kToolLimit, tool_words());
    if (failing) return trials_.end(SearchEnd::kLeastFails, least_words());
    trials_.end(SearchEnd::kFound, "no load could be decided");
  }

  const SearchOptions& options_;
  Trials& trials_;
  LimitSearch& found_;
  bool out_of_time_ = false;
};

/// When most requests that are alone are beyond a level, no load is little enough. Of a tool that was late itself they
/// say nothing.
bool Search::alone_is_too_much() {
  if (trials_.over() || found_.alone->verdict.validity == Validity::kInvalid) return false;
  for (const Level& level : options_.levels) {
    const auto* quantile = std::get_if<MetricQuantile>(&level.what);
    if (quantile == nullptr) continue;
    const std::optional<Quantile> median = found_.alone->summary.whole.of(quantile->metric).quantile(0.5);
    if (!median || static_cast<double>(median->value) < level.limit) continue;
    found_.broke_first = level.text;
    trials_.end(SearchEnd::kLeastFails, fmt::format("{} is missed by requests that are alone", level.text));
    return true;
  }
  return false;
}

/// Half of what a burst was answered with (by Little's law: its users / the mean time of their answers), near enough to
/// double up from, and far enough to pass.
double Search::first_load() const {
  double load = options_.first.value_or(1e6 / static_cast<double>(trials_.answer_alone()));
  if (found_.burst) {
    const Histogram& answers = found_.burst->summary.whole.of(Metric::kE2e).values;
    if (answers.mean() > 0) load = found_.burst->shape.concurrency.value_or(1) * 1e6 / answers.mean() / 2;
  }
  return sayable_load(options_.axis, std::clamp(load, range().least, options_.cap));
}

}  // namespace

LimitSearch find_limit(const SearchOptions& options, const SearchTools& tools) {
  LimitSearch found = begun(options);
  Trials trials(options, tools, found);
  trials.measure_alone();
  take_labels(found);
  Search(options, trials, found).go();
  conclude(found, options, tools);
  return found;
}

LimitSearch sweep(const SearchOptions& options, const std::vector<double>& loads, const SearchTools& tools) {
  LimitSearch found = begun(options);
  Trials trials(options, tools, found);
  trials.measure_alone();
  take_labels(found);
  for (const double load : loads)
    if (!trials.over()) trials.try_load(load, TriedFor::kSweep, {trials.length_at(load), 1, 0});
  trials.end(SearchEnd::kSwept);
  conclude(found, options, tools);
  return found;
}

}  // namespace wsdeep::load
