#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "load/measure/window.h"
#include "load/report/html_parts.h"
#include "load/report/html_sections.h"
#include "load/report/page.h"
#include "load/report/result_words.h"

namespace wsdeep::load {
namespace {

/// In the middle of its second.
double middle_of(const Second& second) {
  return static_cast<double>(second.at) + 0.5;
}

std::string plot_number_text(double number) {
  return number_text(number, 4);
}

PlotPoint point_of(const Second& second, const std::optional<Quantile>& quantile) {
  if (!quantile) return {middle_of(second), std::numeric_limits<double>::quiet_NaN()};
  return {middle_of(second), static_cast<double>(quantile->value), quantile->more_than};
}

/// A line of what `value_of` says of each second.
template <class ValueOf>
PlotLine course_line(std::string name, const std::vector<Second>& seconds, ValueOf value_of) {
  PlotLine line{std::move(name), {}};
  for (const Second& second : seconds)
    line.points.push_back({middle_of(second), static_cast<double>(value_of(second))});
  return line;
}

constexpr std::size_t kDrawnReasons = 6;
constexpr const char* kSlowKind = "slow";
constexpr const char* kOtherReasons = "other reasons";

/// Slow ones first, then the most frequent reasons.
std::vector<std::string> reasons_in(const std::vector<Span>& spans) {
  std::map<std::string, std::uint64_t> totals;
  for (const Span& span : spans)
    for (const auto& [reason, count] : span.reasons) totals[reason] += count;
  const std::vector<ReasonCount> ranked = most_frequent_first(totals);
  std::vector<std::string> names{kSlowKind};
  for (const auto& [reason, count] : ranked)
    if (names.size() <= kDrawnReasons) names.push_back(reason);
  if (ranked.size() > kDrawnReasons) names.emplace_back(kOtherReasons);
  return names;
}

/// Where a reason is counted: what has no name of its own is with the last.
std::size_t kind_of(const std::string& reason, const std::vector<std::string>& names) {
  const auto named = std::find(names.begin() + 1, names.end(), reason);
  return std::min(static_cast<std::size_t>(named - names.begin()), names.size() - 1);
}

void add_reasons(Plot& plot, const std::vector<Span>& spans) {
  plot.kinds = reasons_in(spans);
  for (const Span& span : spans) {
    PlotBar bar{static_cast<double>(span.from) / kOneSecond, static_cast<double>(span.to) / kOneSecond,
                std::vector<double>(plot.kinds.size())};
    bar.counts[0] = static_cast<double>(span.slow);
    for (const auto& [reason, count] : span.reasons)
      bar.counts[kind_of(reason, plot.kinds)] += static_cast<double>(count);
    plot.bars.push_back(std::move(bar));
  }
}

/// Of a file that does not say the reasons.
void add_bad(Plot& plot, const std::vector<Second>& seconds) {
  plot.kinds = {"attempts"};
  for (const Second& second : seconds) {
    const auto from = static_cast<double>(second.at);
    plot.bars.push_back({from, from + 1, {static_cast<double>(second.bad)}});
  }
}

}  // namespace

void write_latency_course(Markup& page, const Result& result) {
  const std::vector<Second>& seconds = result.summary.seconds;
  Plot plot = course_plot(result, "Time to first text, second by second", plot_micros_text);
  plot.note =
      "Of the attempts that were intended in that second, from the intended instant; shaded: not in the window.";
  plot.lines = {{"p50", {}}, {"p99", {}}};
  for (const Second& second : seconds) {
    plot.lines[0].points.push_back(point_of(second, second.ttft_p50));
    plot.lines[1].points.push_back(point_of(second, second.ttft_p99));
  }
  plot.levels = levels_on(result.summary, Metric::kTtft);
  if (!plot.has_values()) return;
  write_heading(page, "Latency over time");
  draw_plot(page, plot);
}

void write_throughput(Markup& page, const Result& result) {
  const std::vector<Second>& seconds = result.summary.seconds;
  if (seconds.empty()) return;
  write_heading(page, "Throughput");
  Plot attempts = course_plot(result, "Attempts a second", plot_number_text);
  attempts.counts = true;
  attempts.lines = {course_line("intended", seconds, [](const Second& one) { return one.intended; }),
                    course_line("of them sent", seconds, [](const Second& one) { return one.sent; }),
                    course_line("ended in that second", seconds, [](const Second& one) {
                      return one.done ? static_cast<double>(*one.done) : std::numeric_limits<double>::quiet_NaN();
                    })};
  draw_plot(page, attempts);
  Plot tokens = course_plot(result, "Tokens received a second", plot_number_text);
  tokens.lines = {course_line("tokens", seconds, [](const Second& one) { return one.tokens; })};
  if (std::any_of(seconds.begin(), seconds.end(), [](const Second& one) { return one.tokens > 0; }))
    draw_plot(page, tokens);
  Plot in_flight = course_plot(result, "In flight", plot_number_text);
  in_flight.note = "Sent and not ended, in the mean over each second.";
  in_flight.lines = {course_line("in flight", seconds, [](const Second& one) { return one.in_flight; })};
  draw_plot(page, in_flight);
}

void write_errors(Markup& page, const Result& result) {
  Plot plot = course_plot(result, "Attempts that were not good, by reason", plot_number_text);
  plot.counts = true;
  plot.note = "By when they were intended; what we gave up ourselves, as planned, is not among them.";
  if (result.summary.spans)
    add_reasons(plot, *result.summary.spans);
  else
    add_bad(plot, result.summary.seconds);
  if (!plot.has_values()) return;
  write_heading(page, "Errors over time");
  draw_plot(page, plot);
}

}  // namespace wsdeep::load
