#include "load/measure/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "base/text.h"
#include "load/plan/words.h"

namespace wsdeep::load {

namespace {

[[noreturn]] void refuse_level(std::string_view level, const std::string& why, std::string hint = {}) {
  throw Error(ErrorKind::kUsage, fmt::format("level '{}': {}", printable(level), why), std::move(hint));
}

[[noreturn]] void refuse_subject(std::string_view level, std::string_view subject) {
  const auto near = closest(subject, subject_names());
  refuse_level(level,
               fmt::format("'{}' is nothing that a level can speak of{}", printable(subject),
                           near ? fmt::format(", did you mean '{}'?", *near) : ""),
               fmt::format("a level is {}", subjects_in_words()));
}

Subject subject_of(std::string_view level, std::string_view name) {
  const auto subject = subject_named(name);
  if (!subject) refuse_subject(level, name);
  return *subject;
}

double time_limit(std::string_view level, std::string_view text) {
  const auto limit = static_cast<double>(
      std::chrono::microseconds(parse_duration(text, fmt::format("level '{}': its limit", printable(level)))).count());
  if (limit <= 0) refuse_level(level, "its limit must be longer than nothing");
  return limit;
}

/// `99%` or `0.99`. Nothing is above all of it or below none.
double share_limit(std::string_view level, std::string_view text) {
  const bool percent = text.ends_with('%');
  const auto number = number_in(percent ? text.substr(0, text.size() - 1) : text);
  const double share = number.value_or(-1) / (percent ? 100 : 1);
  if (share <= 0 || share >= 1)
    refuse_level(level, fmt::format("its limit must be a share above 0% and below 100%, got '{}'", printable(text)));
  return share;
}

double rate_limit(std::string_view level, std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::string_view unit = text.substr(slash);
  const double seconds = unit == "/s" ? 1 : unit == "/m" ? 60 : unit == "/h" ? 3600 : 0;
  const auto number = number_in(text.substr(0, slash));
  if (seconds == 0 || !number || *number <= 0)
    refuse_level(level, fmt::format("its limit must be a rate such as 20/s or 900/m, got '{}'", printable(text)));
  return *number / seconds;
}

double limit_of(const Level& level, std::string_view text) {
  if (std::holds_alternative<MetricQuantile>(level.what)) return time_limit(level.text, text);
  return std::holds_alternative<Share>(level.what) ? share_limit(level.text, text) : rate_limit(level.text, text);
}

/// Takes `stage 2:`, `each node:` … off the front; names may hold colons themselves, what follows may not.
std::string_view take_scope(Level& level, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return text;
  const std::string_view scope = trim(text.substr(0, colon));
  const std::string_view rest = trim(text.substr(colon + 1));
  if (scope == "each stage" || scope == "each node") {
    level.scope = scope == "each stage" ? LevelScope::kEachStage : LevelScope::kEachNode;
  } else if (scope.starts_with("stage ") || scope.starts_with("node ")) {
    level.scope = scope.starts_with("stage ") ? LevelScope::kStage : LevelScope::kNode;
    level.name = trim(scope.substr(scope.find(' ')));
  } else {
    refuse_level(level.text, fmt::format("before the colon stands 'stage NAME', 'each stage', 'node NAME' or 'each "
                                         "node', not '{}'",
                                         printable(scope)));
  }
  return rest;
}

enum class LevelUse { kHolds, kEndsTheRun };

/// `ttft_p99<800ms`, behind its scope.
struct Inequality {
  std::string_view subject;
  bool below;
  std::string_view limit;
};

Inequality inequality_in(std::string_view level, std::string_view body) {
  const std::size_t at = body.find_first_of("<>");
  if (at == std::string_view::npos || (at + 1 < body.size() && body[at + 1] == '='))
    refuse_level(level, "expected '<' or '>' and a limit, such as ttft_p99<800ms or good_share>99%");
  return {trim(body.substr(0, at)), body[at] == '<', trim(body.substr(at + 1))};
}

/// A level that has to hold is on the good side of its limit, a rule that ends the run on the bad one.
void check_sense(std::string_view level, const Inequality& comparison, bool more_is_better, LevelUse use) {
  const bool good_side = comparison.below != more_is_better;
  if (good_side == (use == LevelUse::kHolds)) return;
  refuse_level(level, fmt::format("{}, did you mean '{}{}{}'?",
                                  use == LevelUse::kHolds ? "it says what has to hold" : "it says what ends the run",
                                  comparison.subject, comparison.below ? '>' : '<', comparison.limit));
}

Level read_level(std::string_view text, LevelUse use) {
  Level level;
  level.text = trim(text);
  const Inequality comparison = inequality_in(level.text, take_scope(level, level.text));
  const Subject subject = subject_of(level.text, comparison.subject);
  level.what = subject.what;
  level.below = comparison.below;
  level.limit = limit_of(level, comparison.limit);
  check_sense(level.text, comparison, subject.more_is_better, use);
  const auto* share = std::get_if<Share>(&level.what);
  if (share != nullptr && *share == Share::kStickiness && level.scope != LevelScope::kWhole)
    refuse_level(level.text, "stickiness is known of the whole run only");
  return level;
}

/// The last ten seconds are known by turns: what is pooled over gaps or connections is known of the whole run.
void check_recent(const Level& rule) {
  const auto* quantile = std::get_if<MetricQuantile>(&rule.what);
  const auto* share = std::get_if<Share>(&rule.what);
  if ((quantile == nullptr || is_turn_metric(quantile->metric)) && (share == nullptr || *share != Share::kStickiness))
    return;
  refuse_level(rule.text, "the last ten seconds are known by turns only",
               "what ends a run may speak of ttft, ttfa, e2e, tpot, longest_gap and the like, and of shares and rates");
}

void check_stage_name(const Level& level, const std::vector<Stage>& stages) {
  if (level.scope != LevelScope::kStage) return;
  std::vector<std::string> names;
  for (const Stage& stage : stages) names.push_back(stage.name);
  if (std::ranges::find(names, level.name) == names.end())
    refuse_level(level.text, fmt::format("there is no stage '{}': there {} {}", printable(level.name),
                                         names.size() == 1 ? "is" : "are", join(names, ", ")));
}

}  // namespace

Level parse_level(std::string_view text) {
  return read_level(text, LevelUse::kHolds);
}

std::vector<std::string> level_texts(const std::vector<Level>& levels) {
  std::vector<std::string> texts;
  texts.reserve(levels.size());
  for (const Level& level : levels) texts.push_back(level.text);
  return texts;
}

Level parse_abort_rule(std::string_view text) {
  Level rule = read_level(text, LevelUse::kEndsTheRun);
  check_recent(rule);
  return rule;
}

void check_levels(const std::vector<Level>& levels, const std::vector<Stage>& stages, bool exact_itl) {
  for (const Level& level : levels) {
    check_stage_name(level, stages);
    const auto* quantile = std::get_if<MetricQuantile>(&level.what);
    if (quantile != nullptr && quantile->metric == Metric::kItl && !exact_itl)
      refuse_level(
          level.text,
          "only frames can be seen there, and a frame may hold many tokens: times between tokens are not known",
          "use frame_gap_p99 or stall_rate; or ask the nodes for their tokens' times, where they can tell");
  }
}

}  // namespace wsdeep::load
