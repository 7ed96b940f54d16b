#include "load/screen/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/display.h"
#include "base/printable.h"
#include "load/report/page.h"
#include "load/report/result_words.h"
#include "load/screen/canvas.h"
#include "load/screen/lists.h"
#include "load/screen/marks.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kWideFrom = 120;  ///< columns, from which on plots stand at the right
constexpr std::size_t kLeftColumns = 80;
constexpr std::size_t kPlotRows = 5;
constexpr std::size_t kWidestProgressBar = 40;
constexpr const char* kAlarming = "31";
constexpr const char* kWaiting = "33";
constexpr const char* kFine = "32";
constexpr const char* kDrawn = "36";
constexpr const char* kBold = "1";

std::int64_t seconds_in(Micros time) {
  return time / 1'000'000;
}

/// `0:23`, `1:02:03`
std::string clock_text(Micros time) {
  const std::int64_t seconds = seconds_in(std::max<Micros>(0, time));
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string title_line(const Canvas& canvas, const ScreenHead& head) {
  const std::string name = head.name.empty() ? "" : printable(head.name) + "  ";
  return canvas.coloured(kBold, fmt::format("{}{} load test of {}", name, head.kind, printable(head.target)));
}

/// How far the schedule is.
std::string time_line(const Canvas& canvas, const Progress& progress) {
  const std::string at = clock_text(progress.at);
  if (progress.length == 0) return canvas.fitted("time", {at});
  const Micros left = std::max<Micros>(0, progress.length - progress.at);
  const std::string words =
      fmt::format("{} of {}{}", at, clock_text(progress.length),
                  progress.phase == Phase::kDraining ? "" : fmt::format(", {}s left", seconds_in(left)));
  const std::size_t used = kScreenHeadWidth + display_width(words) + 2;
  const std::size_t room = canvas.columns > used ? std::min(canvas.columns - used, kWidestProgressBar) : 0;
  if (room < 5) return canvas.fitted("time", {words});
  const std::string bar = bar_mark(static_cast<double>(progress.at), static_cast<double>(progress.length), room);
  return canvas.fitted("time", {canvas.coloured(kDrawn, bar), words});
}

std::string turns_under_way(const Progress& progress) {
  return fmt::format("{} turn{} under way", count_text(progress.in_flight), progress.in_flight == 1 ? "" : "s");
}

/// What is waited for when no further turn is begun.
std::string drain_text(const Progress& progress) {
  if (progress.hurried) return turns_under_way(progress) + " end now";
  if (progress.phase != Phase::kDraining) return "no further turn is begun";
  if (progress.drain_left == 0) return "waits for " + turns_under_way(progress);
  return fmt::format("waits for {}, {}s at most", turns_under_way(progress), seconds_in(progress.drain_left));
}

/// Nothing while the schedule is followed.
std::vector<std::string> end_lines(const Canvas& canvas, const Progress& progress) {
  const auto say = [&](std::string_view head, const std::string& first, const std::string& more) {
    return std::vector{canvas.coloured(kWaiting, canvas.fitted(head, {first, more}))};
  };
  switch (progress.ended_by) {
    case EndedBy::kInterrupt:
      return say("stopping", drain_text(progress), progress.hurried ? "" : "Ctrl-C ends them");
    case EndedBy::kAbortRule:
      return say("stopping", "rule " + printable(progress.ended_why), drain_text(progress));
    case EndedBy::kFault:
    case EndedBy::kWorkerLost:
      return say("stopping", printable(progress.ended_why), drain_text(progress));
    case EndedBy::kSchedule:
      break;
  }
  if (progress.phase == Phase::kPreparing) return say("preparing", "no turn was begun yet", "");
  if (progress.phase == Phase::kHolding) return say("holding", "what is open is kept", "");
  if (progress.phase == Phase::kDraining) return say("draining", drain_text(progress), "");
  return {};
}

/// What the tool says of itself: the first sign with its value, the others by name.
std::string tool_line(const Canvas& canvas, const Progress& progress) {
  if (!progress.judged) return canvas.fitted("tool", {"told at the end"});
  const std::vector<Signal>& broken = progress.broken;
  if (broken.empty()) return canvas.fitted("tool", {canvas.coloured(kFine, "VALID so far")});
  const Signal& first = broken.front();
  std::vector<std::string> parts{canvas.coloured("1;31", "INVALID"),
                                 fmt::format("{} {} (limit {})", first.name, first.value, first.limit)};
  for (std::size_t sign = 1; sign < broken.size(); ++sign) parts.push_back(broken[sign].name);
  return canvas.fitted("tool", parts);
}

std::string rate_line(const Canvas& canvas, const RunHistory& history) {
  std::vector<std::string> parts;
  if (const auto due = history.due_rate()) parts.push_back(rate_text(*due) + " intended");
  parts.push_back(rate_text(history.sent_rate()) + " sent");
  parts.push_back(count_text(history.now().in_flight) + " in flight");
  return canvas.fitted("rate", parts);
}

std::string sessions_line(const Canvas& canvas, const RunHistory& history, const SessionsNow& sessions) {
  std::vector<std::string> parts{count_text(sessions.open) + " open", rate_text(history.opened_rate()) + " opened"};
  if (sessions.failed > 0) parts.push_back(canvas.coloured(kAlarming, count_text(sessions.failed) + " failed"));
  if (sessions.storms > 0) parts.push_back(fmt::format("{} storm{}", sessions.storms, sessions.storms == 1 ? "" : "s"));
  return canvas.fitted("sessions", parts);
}

std::string turns_line(const Canvas& canvas, const Tally& tally) {
  std::vector<std::string> parts{count_text(tally.attempts) + " ended"};
  if (tally.adds_up()) parts.push_back(count_text(tally.good) + " good");  // workers say only what was bad
  if (tally.slow > 0) parts.push_back(count_text(tally.slow) + " slow");
  const std::uint64_t errors = tally.errors();
  const std::string bad = fmt::format("{} bad ({})", count_text(errors), share_text(errors, tally.attempts));
  parts.push_back(errors > 0 ? canvas.coloured(kAlarming, bad) : bad);
  if (tally.cancelled > 0) parts.push_back(count_text(tally.cancelled) + " cancelled");
  return canvas.fitted("turns", parts);
}

/// The most frequent reasons first.
std::string errors_line(const Canvas& canvas, const Live& live) {
  std::vector<std::string> parts;
  for (const auto& [reason, count] : most_frequent_first(live.errors))
    parts.push_back(fmt::format("{} {}", reason.empty() ? "no reason" : printable(reason), count_text(count)));
  return canvas.fitted("errors", parts);
}

/// `ttft 65.4ms p50, 80.5ms p99`
std::string ends_text(std::string_view what, const std::optional<Quantile>& p50, const std::optional<Quantile>& p99) {
  return fmt::format("{} {} p50, {} p99", what, quantile_text(p50), quantile_text(p99));
}

std::string last_line(const Canvas& canvas, const Live& live) {
  std::vector<std::string> parts{ends_text("ttft", live.ttft_p50, live.ttft_p99)};
  if (live.frame_gap_p50) parts.push_back(ends_text("frame gap", live.frame_gap_p50, live.frame_gap_p99));
  return canvas.fitted("last 10 s", parts);
}

std::string plane_line(const Canvas& canvas, const PlaneNow& plane) {
  return canvas.fitted(plane.name,
                       {ends_text("ttft", plane.ttft_p50, plane.ttft_p99), count_text(plane.in_flight) + " in flight",
                        count_text(plane.failed) + " failed", count_text(plane.answered) + " answered"});
}

/// What every screen shows, however small.
std::vector<std::string> first_lines(const Canvas& canvas, const RunHistory& history) {
  const Progress& progress = history.now();
  std::vector<std::string> lines = end_lines(canvas, progress);
  lines.push_back(tool_line(canvas, progress));
  lines.push_back(rate_line(canvas, history));
  if (progress.driver.sessions) lines.push_back(sessions_line(canvas, history, *progress.driver.sessions));
  lines.push_back(turns_line(canvas, progress.live.so_far));
  if (!progress.live.errors.empty()) lines.push_back(errors_line(canvas, progress.live));
  for (const PlaneNow& plane : progress.driver.planes) lines.push_back(plane_line(canvas, plane));
  if (progress.driver.planes.empty() && progress.live.ttft_p50) lines.push_back(last_line(canvas, progress.live));
  return lines;
}

/// Something that is plotted over the run.
struct Plotted {
  std::string name;
  std::string (*text)(double value);
  std::vector<std::optional<double>> values{};
};

std::vector<Plotted> plots_of(const RunHistory& history) {
  Plotted ttft{"ttft p99", time_text};
  Plotted rate{"sent", rate_text};
  const auto whole_text = [](double value) { return fmt::format("{:.0f}", value); };
  Plotted flight{"in flight", whole_text};
  Plotted open{"open", whole_text};
  RunHistory::Sample before{};
  for (const RunHistory::Sample& sample : history.samples()) {
    ttft.values.push_back(sample.ttft_p99 ? std::optional(static_cast<double>(*sample.ttft_p99)) : std::nullopt);
    const double seconds = static_cast<double>(std::max<Micros>(1, sample.at - before.at)) / 1e6;
    rate.values.emplace_back(static_cast<double>(sample.begun - before.begun) / seconds);
    flight.values.emplace_back(sample.in_flight);
    open.values.emplace_back(static_cast<double>(sample.open));
    before = sample;
  }
  const auto says_something = [](const Plotted& plot) {
    return std::ranges::any_of(plot.values, [](const auto& value) { return value.value_or(0) > 0; });
  };
  // Where nobody answers, what matters is what is open.
  std::vector<Plotted> plots;
  for (Plotted* plot : {&ttft, &rate, says_something(ttft) ? &flight : &open})
    if (says_something(*plot)) plots.push_back(std::move(*plot));
  return plots;
}

std::string peak_text(const Plotted& plot) {
  double peak = 0;
  for (const auto& value : plot.values) peak = std::max(peak, value.value_or(0));
  return fmt::format("{} at most", plot.text(peak));
}

/// Of `columns` those that the run has come through so far, where its length is known; else one for each second.
std::size_t columns_so_far(const RunHistory& history, std::size_t columns) {
  const Progress& progress = history.now();
  if (progress.length <= 0) return std::min(columns, history.samples().size());
  const double share = static_cast<double>(progress.at) / static_cast<double>(progress.length);
  return std::clamp<std::size_t>(static_cast<std::size_t>(share * static_cast<double>(columns)), 1, columns);
}

/// A line each.
std::vector<std::string> small_plots(const Canvas& canvas, const RunHistory& history) {
  constexpr std::size_t kPeakWidth = 18;
  const std::size_t taken = kScreenHeadWidth + kPeakWidth;
  if (canvas.columns < 2 * taken) return {};
  const std::size_t width = columns_so_far(history, canvas.columns - taken);
  std::vector<std::string> lines;
  for (const Plotted& plot : plots_of(history))
    lines.push_back(
        canvas.fitted(plot.name, {canvas.coloured(kDrawn, sparkline(squeezed(plot.values, width))), peak_text(plot)}));
  return lines;
}

/// For the right half of a wide screen.
std::vector<std::string> large_plots(const Canvas& canvas, const RunHistory& history) {
  const std::size_t width = columns_so_far(history, canvas.columns);
  std::vector<std::string> lines;
  for (const Plotted& plot : plots_of(history)) {
    if (!lines.empty()) lines.emplace_back();
    lines.push_back(canvas.fitted(plot.name, {peak_text(plot)}));
    for (const std::string& row : plot_rows(squeezed(plot.values, width), kPlotRows))
      lines.push_back(canvas.coloured(kDrawn, row));
  }
  return lines;
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more, bool apart) {
  if (more.empty()) return;
  if (apart) lines.emplace_back();
  lines.insert(lines.end(), more.begin(), more.end());
}

/// Below the first lines: what there is room for.
void add_lists(std::vector<std::string>& lines, const Canvas& canvas, const Progress& progress, std::size_t rows) {
  const ScreenList levels = levels_list(canvas, progress);
  const ScreenList nodes = nodes_list(canvas, progress);
  const std::size_t room = rows > lines.size() ? rows - lines.size() : 0;
  const bool apart = levels.rows() + nodes.rows() + 2 <= room;
  const std::size_t for_lists = apart ? room - 2 : room;
  const std::size_t without_nodes = for_lists > nodes.rows() ? for_lists - nodes.rows() : 0;
  append(lines, levels.in_rows(std::max(without_nodes, for_lists / 2)), apart);
  const std::size_t taken = lines.size() + (apart ? 1 : 0);
  append(lines, nodes.in_rows(rows > taken ? rows - taken : 0), apart);
}

void set_beside(std::vector<std::string>& lines, std::size_t from, const std::vector<std::string>& right,
                std::size_t rows) {
  for (std::size_t row = 0; row < right.size() && from + row < rows; ++row) {
    if (lines.size() <= from + row) lines.emplace_back();
    std::string& line = lines[from + row];
    if (right[row].empty()) continue;
    line = cut_end(line, kLeftColumns - 2);
    line += std::string(kLeftColumns - display_width(line), ' ') + right[row];
  }
}

}  // namespace

std::vector<std::string> screen_lines(const ScreenHead& head, const RunHistory& history, const ScreenSize& size,
                                      bool colour) {
  const bool wide = size.columns >= kWideFrom;
  const Canvas whole{size.columns, colour};
  const Canvas left{wide ? kLeftColumns - 2 : size.columns, colour};
  std::vector<std::string> lines{title_line(whole, head), time_line(left, history.now())};
  const std::size_t below_head = lines.size();
  append(lines, first_lines(left, history), false);
  add_lists(lines, left, history.now(), size.rows);
  if (wide)
    set_beside(lines, below_head, large_plots({size.columns - kLeftColumns, colour}, history), size.rows);
  else if (const auto small = small_plots(left, history); lines.size() + small.size() + 1 <= size.rows)
    append(lines, small, true);
  for (std::string& line : lines) line = cut_end(line, size.columns);
  lines.resize(std::min(lines.size(), size.rows));
  return lines;
}

}  // namespace wsdeep::load
