#include "load/screen/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>

#include "base/printable.h"
#include "load/measure/window.h"
#include "load/report/page.h"
#include "load/report/result_words.h"
#include "load/screen/marks.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kJudgementWidth = 11;
constexpr std::size_t kValueWidth = 10;
constexpr std::size_t kWidestLevel = 34;
constexpr std::size_t kNodeFigures = 30;  ///< share, turns, ttft50, bad
constexpr std::size_t kNoBarBelow = 66;   ///< columns
constexpr Micros kLeastSilence = 2'000'000;
/// So many times the mean gap between a node's answers is no chance any more.
constexpr double kSilentGaps = 10;

std::string judged_word(const Canvas& canvas, Judgement judgement) {
  const TonedWord judged = toned_word(judgement);
  return canvas.coloured(plain_colour(judged.tone), fmt::format("{:<{}}", judged.word, kJudgementWidth));
}

int urgency_of(Judgement judgement) {
  return judgement == Judgement::kMissed ? 2 : judgement == Judgement::kUndecided ? 1 : 0;
}

std::string level_line(const Canvas& canvas, const LevelResult& level) {
  const bool whole = level.where.empty() || level.where == "all";
  const std::string text = printable(level.level.text) + (whole ? "" : " (" + printable(level.where) + ")");
  const std::size_t width =
      std::clamp(canvas.columns, kJudgementWidth + kValueWidth + 1, kJudgementWidth + kValueWidth + kWidestLevel) -
      kJudgementWidth - kValueWidth;
  std::string line =
      judged_word(canvas, level.judgement) + in_columns(text, width) + (level.value ? level_value_text(level) : "-");
  if (!level.why.empty()) line = fmt::format("{}  {}", line, printable(level.why));
  return line;
}

/// A node, and what it says of itself where somebody asks it.
struct NodeRow {
  LiveNode node;
  const NodeNow* said = nullptr;
};

/// By name, so that a row stays where it is.
std::vector<NodeRow> node_rows(const Progress& progress) {
  std::map<std::string, NodeRow> rows;
  for (const LiveNode& node : progress.live.nodes) rows[node.name].node = node;
  for (const NodeNow& node : progress.driver.nodes) {
    NodeRow& row = rows[node.name];
    row.node.name = node.name;
    row.said = &node;
  }
  std::vector<NodeRow> list;
  for (auto& [name, row] : rows) list.push_back(std::move(row));
  return list;
}

/// What the nodes have in common.
struct NodesTogether {
  std::uint64_t recent = 0;
  std::uint64_t most = 0;
  std::size_t nodes = 0;

  explicit NodesTogether(const std::vector<NodeRow>& rows) {
    for (const NodeRow& row : rows) {
      recent += row.node.recent;
      most = std::max(most, row.node.recent);
      if (row.node.name != kNoNode) ++nodes;
    }
  }
  /// How long a node may say nothing while all are alike.
  double patience() const {
    return kSilentGaps * static_cast<double>(kRecentTime) * static_cast<double>(nodes) / static_cast<double>(recent);
  }
};

/// For how long none of its answers came whole, where that is longer than chance would have it; else 0.
Micros silence_of(const LiveNode& node, const NodesTogether& all, Micros now) {
  if (node.name == kNoNode || node.turns == 0 || all.recent == 0) return 0;
  const Micros silence = now - std::max<Micros>(0, node.last_good);
  return silence > kLeastSilence && static_cast<double>(silence) > all.patience() ? silence : 0;
}

std::string state_of(const NodeRow& row, const NodesTogether& all, Micros now) {
  if (row.said != nullptr && !row.said->answers) return "does not answer";
  if (row.said != nullptr && row.said->draining) return "draining";
  if (const Micros silence = silence_of(row.node, all, now); silence > 0)
    return fmt::format("silent for {}s", silence / 1'000'000);
  return row.node.recent_bad > 0 ? "failing" : "";
}

std::size_t name_width(const Canvas& canvas) {
  return canvas.columns < kNoBarBelow ? 10 : 18;
}

std::size_t bar_width(const Canvas& canvas) {
  if (canvas.columns < kNoBarBelow) return 0;
  constexpr std::size_t kState = 18;
  return std::min<std::size_t>(30, canvas.columns - name_width(canvas) - kNodeFigures - kState);
}

std::string node_line(const Canvas& canvas, const NodeRow& row, const NodesTogether& all, Micros now) {
  const LiveNode& node = row.node;
  const std::string bar = bar_mark(static_cast<double>(node.recent), static_cast<double>(all.most), bar_width(canvas));
  const std::string state = state_of(row, all, now);
  const std::string bad = fmt::format("{:>6}", count_text(node.bad));
  return fmt::format("{}{}{:>7}{:>9}{:>8}{}{}", in_columns(printable(node.name), name_width(canvas)), bar,
                     share_text(node.recent, all.recent), count_text(node.turns), quantile_text(node.ttft_p50),
                     node.bad > 0 ? canvas.coloured("31", bad) : bad,
                     state.empty() ? "" : "  " + canvas.coloured("31", state));
}

/// `1 MISSED  2 met`
std::string levels_brief(const Canvas& canvas, const std::vector<LevelResult>& levels) {
  std::vector<std::string> parts;
  for (const Judgement judgement : {Judgement::kMissed, Judgement::kUndecided, Judgement::kMet}) {
    const auto those = std::ranges::count(levels, judgement, &LevelResult::judgement);
    const TonedWord judged = toned_word(judgement);
    if (those > 0)
      parts.push_back(canvas.coloured(plain_colour(judged.tone), fmt::format("{} {}", those, judged.word)));
  }
  return canvas.fitted("levels", parts);
}

/// `n2 silent for 9s  3 in all`
std::string nodes_brief(const Canvas& canvas, const std::vector<NodeRow>& rows, Micros now) {
  const NodesTogether all(rows);
  std::vector<std::string> parts;
  for (const NodeRow& row : rows)
    if (const std::string state = state_of(row, all, now); !state.empty())
      parts.push_back(canvas.coloured("31", printable(row.node.name) + " " + state));
  parts.push_back(fmt::format("{} in all", all.nodes));
  return canvas.fitted("nodes", parts);
}

}  // namespace

ScreenList levels_list(const Canvas& canvas, const Progress& progress) {
  ScreenList list{.heading = canvas.coloured("1", "LEVELS so far"),
                  .brief = levels_brief(canvas, progress.live.levels)};
  for (const LevelResult& level : progress.live.levels)
    list.lines.push_back({urgency_of(level.judgement), level_line(canvas, level)});
  return list;
}

ScreenList nodes_list(const Canvas& canvas, const Progress& progress) {
  const std::vector<NodeRow> rows = node_rows(progress);
  const NodesTogether all(rows);
  const std::string names = in_columns("NODES", name_width(canvas));
  ScreenList list{.heading = canvas.coloured("1", fmt::format("{}{:>{}}{:>9}{:>8}{:>6}", names, "share",
                                                              bar_width(canvas) + 7, "turns", "ttft50", "bad")),
                  .brief = nodes_brief(canvas, rows, progress.at)};
  for (const NodeRow& row : rows)
    list.lines.push_back({state_of(row, all, progress.at).empty() ? 0 : 1, node_line(canvas, row, all, progress.at)});
  return list;
}

}  // namespace wsdeep::load
