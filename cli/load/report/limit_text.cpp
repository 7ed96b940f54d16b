#include "load/report/limit_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/printable.h"
#include "base/text.h"
#include "load/report/page.h"
#include "load/report/point_figures.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

/// A wider gap than that is worth a word on how to narrow it.
constexpr double kWideGap = 1.12;

std::string sureness_words(const LimitSearch& search) {
  if (!search.passes) return "";
  if (search.ended_by == SearchEnd::kSwept) return "each load was tried once";
  const std::string load = load_words(search.axis, *search.passes);
  return search.confirmed ? fmt::format("{} passed again, with another seed and for longer", load)
                          : fmt::format("{} did not get to pass a second time", load);
}

std::string end_words(const LimitSearch& search) {
  switch (search.ended_by) {
    case SearchEnd::kFound:
    case SearchEnd::kSwept:
    case SearchEnd::kAtCap:
    case SearchEnd::kLeastFails:
    case SearchEnd::kToolLimit:
      return search.ended_why;
    case SearchEnd::kBudget:
      return fmt::format("ended early: {} were over", seconds_text(search.budget));
    case SearchEnd::kInterrupted:
      return "ended early: interrupted";
    case SearchEnd::kFault:
      return "ended early by a fault: " + search.ended_why;
  }
  return "";
}

bool is_invalid(const LimitPoint& point) {
  return point.judged == PointJudgement::kInvalid;
}

/// Nothing is known of the target: of what was tried, the tool was the limit.
bool was_tool_the_limit(const LimitSearch& search) {
  return !search.passes && !search.fails && std::ranges::any_of(search.points, is_invalid);
}

void tell_answer(Page& page, const LimitSearch& search) {
  const TonedWord head = head_of_search(search);
  page.line(fmt::format("{}  {} load test of {}", page.coloured(bold_colour(head.tone), head.word), search.kind,
                        printable(search.target)));
  page.say("", limit_answer(search));
  page.say(limit_facts(search));
}

std::string judged_words(const Page& page, PointJudgement judged) {
  const TonedWord words = toned_word(judged);
  return page.coloured(plain_colour(words.tone), words.word);
}

/// The level that is nearest to what it allows, or furthest beyond it: `2.1% of 5%`.
std::string beyond_words(const LimitPoint& point) {
  const LevelShare* worst = nullptr;
  const auto share_of = [](const LevelShare& one) {
    return static_cast<double>(one.beyond) / static_cast<double>(std::max<std::uint64_t>(one.of, 1));
  };
  for (const LevelShare& share : point.levels)
    if (worst == nullptr || share_of(share) * worst->allowed > share_of(*worst) * share.allowed) worst = &share;
  if (worst == nullptr || worst->of == 0) return "-";
  return fmt::format("{} of {}", share_text(worst->beyond, worst->of), share_text(worst->allowed));
}

std::string row_of(const Page& page, const LimitSearch& search, const LimitPoint& point) {
  const PointFigures figures(point);
  return fmt::format("{:>11}{:>10}{:>10}{:>10}{:>10}{:>16}  {}{}", load_words(search.axis, point.load),
                     rate_text(figures.goodput), quantile_text(figures.ttft.quantile(0.5)),
                     quantile_text(figures.ttft.quantile(0.99)), fmt::format("{:.1f}", figures.in_flight),
                     beyond_words(point), judged_words(page, point.judged),
                     point.tried_for == TriedFor::kConfirmation ? " *" : "");
}

void tell_points(Page& page, const LimitSearch& search) {
  if (search.points.empty()) return;
  page.heading("POINTS");
  page.line(fmt::format("{:>11}{:>10}{:>10}{:>10}{:>10}{:>16}  {}", "load", "good", "ttft p50", "p99", "in flight",
                        "beyond a level", "judged"));
  std::vector<const LimitPoint*> points;
  for (const LimitPoint& point : search.points) points.push_back(&point);
  std::ranges::stable_sort(points, {}, &LimitPoint::load);
  for (const LimitPoint* point : points) {
    if (search.passes && search.fails && point->load == *search.fails && point->judged == PointJudgement::kFailed)
      page.line(fmt::format("{:>11}", "-- limit --"));
    page.line(row_of(page, search, *point));
  }
  if (std::ranges::any_of(points, [](auto* point) { return point->tried_for == TriedFor::kConfirmation; }))
    page.say("*", "again, with another seed and for longer");
}

/// What would make the answer better.
std::vector<std::string> advice_of(const LimitSearch& search) {
  std::vector<std::string> advice;
  const bool wide = search.passes && search.fails && *search.fails > kWideGap * *search.passes;
  const bool open = search.ended_by == SearchEnd::kBudget || (!search.passes && !search.fails);
  const bool is_by_tool = search.ended_by == SearchEnd::kToolLimit || was_tool_the_limit(search);
  if (wide || (open && !is_by_tool))
    advice.emplace_back(
        "what lies between is undecided: a longer --find-limit-for, or a level on a lower percentile, "
        "which fewer turns decide, makes it narrower");
  if (search.ended_by == SearchEnd::kAtCap)
    advice.emplace_back("raise --max-rate (of users --max-sessions) to look higher");
  if (is_by_tool)
    advice.emplace_back("a larger machine, or one that does nothing else, sends more: see why it was INVALID above");
  if (was_tool_the_limit(search))
    advice.emplace_back(
        "nothing is known of the target: search again from there, or from a lower load (--rate, of users "
        "--concurrency)");
  return advice;
}

void tell_why(Page& page, const LimitSearch& search) {
  const auto says_why = [&](const LimitPoint& point) {
    if (point.judged == PointJudgement::kFailed) return search.fails && point.load == *search.fails;
    return point.judged != PointJudgement::kPassed;
  };
  std::vector<std::string> words;
  for (const LimitPoint& point : search.points)
    if (says_why(point)) words.push_back(fmt::format("{}: {}", load_words(search.axis, point.load), point.why));
  words.insert(words.end(), search.notes.begin(), search.notes.end());
  if (words.empty()) return;
  page.heading("WHY");
  for (const std::string& one : words) page.say("", printable(one));
}

}  // namespace

std::string load_words(LoadAxis axis, double load) {
  return axis == LoadAxis::kUsers ? fmt::format("{:.0f} users", load) : fmt::format("{:.10g}/s", load);
}

TonedWord head_of_search(const LimitSearch& search) {
  const bool swept = search.ended_by == SearchEnd::kSwept;
  const Tone found = search.confirmed || swept ? Tone::kGood : Tone::kOpen;
  if (!swept && was_tool_the_limit(search)) return {"INVALID", Tone::kBad};
  return {swept ? "SWEEP" : "LIMIT", search.passes ? found : Tone::kBad};
}

TonedWord toned_word(PointJudgement judged) {
  switch (judged) {
    case PointJudgement::kPassed:
      return {"passed", Tone::kGood};
    case PointJudgement::kFailed:
      return {"FAILED", Tone::kBad};
    case PointJudgement::kUndecided:
      return {"undecided", Tone::kOpen};
    case PointJudgement::kInvalid:
      return {"INVALID", Tone::kBad};
  }
  return {};
}

std::string limit_answer(const LimitSearch& search) {
  const auto words = [&](double load) { return load_words(search.axis, load); };
  if (search.passes && search.fails)
    return fmt::format("{} passes, {} fails: the limit lies between", words(*search.passes), words(*search.fails));
  if (search.passes) return fmt::format("at least {}: nothing that was tried failed", words(*search.passes));
  if (search.fails) return fmt::format("{} fails; nothing that was tried passed", words(*search.fails));
  if (was_tool_the_limit(search)) return "no load could be decided: this machine, not the target, was the limit";
  return search.points.empty() ? "no load was tried" : "no load could be decided";
}

Facts limit_facts(const LimitSearch& search) {
  Facts facts;
  if (const std::string sure = sureness_words(search); !sure.empty()) facts.emplace_back("", sure);
  facts.emplace_back("levels", printable(join(search.levels, ", ")));
  if (search.confidence > 0)
    facts.emplace_back("sure",
                       fmt::format("a bound is wrong in nominally {:.3g} % of points; for what that comes to in "
                                   "whole searches see \"How sure\" in the manual",
                                   (1 - search.confidence) * 100));
  if (!search.broke_first.empty()) facts.emplace_back("broke", printable(search.broke_first));
  for (const NearLimit& near : search.near_limit)
    facts.emplace_back("near", fmt::format("{}: {}", printable(near.what), printable(near.value)));
  if (search.fails && search.near_limit.empty())
    facts.emplace_back("near", "nothing that was watched was near its limit");
  if (const std::string end = end_words(search); !end.empty()) facts.emplace_back("end", printable(end));
  facts.emplace_back("took", fmt::format("{}, {} points", seconds_text(search.took), search.points.size()));
  return facts;
}

std::string text_report(const LimitSearch& search, const TextStyle& style) {
  Page page(std::max<std::size_t>(style.columns, 80), style.colour);
  tell_answer(page, search);
  tell_points(page, search);
  tell_why(page, search);
  if (const std::vector<std::string> advice = advice_of(search); !advice.empty()) {
    page.heading("NEXT");
    for (const std::string& one : advice) page.say("", one);
  }
  return page.text();
}

}  // namespace wsdeep::load
