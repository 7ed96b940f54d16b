#include "load/limit/next_load.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "load/limit/search_options.h"

namespace wsdeep::load {
namespace {

using Known = std::vector<KnownLoad>;

std::optional<double> lowest_judged(const Known& known, PointJudgement judged) {
  const auto found = std::ranges::find(known, judged, &KnownLoad::judged);
  return found == known.end() ? std::nullopt : std::optional(found->load);
}

bool was_tried(const Known& known, double load) {
  return std::ranges::find(known, load, &KnownLoad::load) != known.end();
}

/// A load between these two that is not one of them; nothing when they are near enough to each other.
std::optional<double> middle_of(const Known& known, double low, double high, const SearchRange& range) {
  if (high <= low * (1 + range.precision)) return std::nullopt;
  const double middle = sayable_load(range.axis, std::sqrt(low * high));
  if (middle <= low || middle >= high || was_tried(known, middle)) return std::nullopt;
  return middle;
}

std::optional<NextLoad> bisection(const Known& known, double passing, double failing, const SearchRange& range) {
  double first = failing;
  double last = passing;
  for (const KnownLoad& one : known) {
    if (one.load <= passing || one.load >= failing) continue;
    first = std::min(first, one.load);
    last = std::max(last, one.load);
  }
  if (const auto below = middle_of(known, passing, first, range)) return NextLoad{*below, TriedFor::kBisection};
  if (first == failing) return std::nullopt;
  if (const auto above = middle_of(known, last, failing, range)) return NextLoad{*above, TriedFor::kBisection};
  return std::nullopt;
}

std::optional<NextLoad> doubled(const Known& known, const SearchRange& range) {
  const double highest = known.back().load;
  if (highest >= range.cap) return std::nullopt;
  return NextLoad{sayable_load(range.axis, std::min(2 * highest, range.cap)), TriedFor::kDoubling};
}

std::optional<NextLoad> halved(const Known& known, const SearchRange& range) {
  const double lowest = known.front().load;
  if (lowest <= range.least) return std::nullopt;
  return NextLoad{sayable_load(range.axis, std::max(lowest / 2, range.least)), TriedFor::kHalving};
}

}  // namespace

std::vector<KnownLoad> known_loads(const std::vector<LimitPoint>& points) {
  std::map<double, PointJudgement> judged;
  for (const LimitPoint& point : points) {
    const auto [at, fresh] = judged.emplace(point.load, point.judged);
    if (!fresh && point.judged != PointJudgement::kInvalid) at->second = point.judged;
  }
  Known known;
  for (const auto& [load, judgement] : judged) known.push_back({load, judgement});
  return known;
}

std::optional<double> lowest_failing(const Known& known) {
  return lowest_judged(known, PointJudgement::kFailed);
}

std::optional<double> lowest_invalid(const Known& known) {
  return lowest_judged(known, PointJudgement::kInvalid);
}

std::optional<double> highest_passing(const Known& known) {
  const std::optional<double> failing = lowest_failing(known);
  std::optional<double> highest;
  for (const KnownLoad& one : known)
    if (one.judged == PointJudgement::kPassed && (!failing || one.load < *failing)) highest = one.load;
  return highest;
}

std::optional<NextLoad> next_load(const Known& known, const SearchRange& range) {
  if (known.empty()) return std::nullopt;
  const std::optional<double> passing = highest_passing(known);
  const std::optional<double> failing = lowest_failing(known);
  if (passing && failing) return bisection(known, *passing, *failing, range);
  const bool upward = !failing && !lowest_invalid(known);
  if (upward)
    if (const auto higher = doubled(known, range)) return higher;
  if (passing) return std::nullopt;
  return halved(known, range);
}

}  // namespace wsdeep::load
