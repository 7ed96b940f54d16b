#include "load/report/result_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string_view>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/printable.h"
#include "load/report/page.h"
#include "load/report/words.h"

namespace wsdeep::load {
namespace {

/// One stage, or one that is cut into blocks.
bool is_one_rate(const std::vector<Stage>& stages) {
  if (stages.size() == 1) return true;
  return !stages.empty() && std::ranges::all_of(stages, [&](const Stage& stage) {
    return stage.rate_from == stages.front().rate_from && stage.rate_to == stage.rate_from;
  });
}

}  // namespace

std::string seconds_text(Micros duration) {
  return duration == 0 ? "0s" : human_duration(std::chrono::microseconds(duration));
}

std::string load_text(const LoadShape& shape) {
  if (shape.concurrency) {
    const std::string think = shape.think > 0 ? ", thinking " + seconds_text(shape.think) : "";
    return fmt::format("{} users, each waiting for its answer{}", *shape.concurrency, think);
  }
  if (!shape.trace.empty()) return "the instants of " + printable(shape.trace);
  const std::string_view arrivals = file_word(shape.arrivals);
  if (!is_one_rate(shape.stages)) return fmt::format("{} stages ({})", shape.stages.size(), arrivals);
  Stage only = shape.stages.front();
  for (std::size_t block = 1; block < shape.stages.size(); ++block) only.duration += shape.stages[block].duration;
  const std::string rate = only.rate_from == only.rate_to
                               ? rate_text(only.rate_from)
                               : fmt::format("{} to {}", rate_text(only.rate_from), rate_text(only.rate_to));
  return fmt::format("{} of {} ({})", seconds_text(only.duration), rate, arrivals);
}

std::string prompts_without_seed(const Result& result) {
  return result.prompts.substr(0, std::min(result.prompts.rfind(" (seed "), result.prompts.size()));
}

std::string end_text(const Result& result) {
  switch (result.ended_by) {
    case EndedBy::kSchedule:
      return "";
    case EndedBy::kAbortRule:
      return "ended early by the rule " + printable(result.ended_why);
    case EndedBy::kInterrupt:
      return "ended early: interrupted";
    case EndedBy::kFault:
      return "ended early by a fault: " + printable(result.ended_why);
    case EndedBy::kWorkerLost:
      return "ended early, as a worker was lost: " + printable(result.ended_why);
  }
  return "";
}

std::string reason_text(const std::string& reason, const std::vector<Signal>& signals) {
  for (const Signal& signal : signals) {
    const std::string behind = ": " + signal.advice;
    if (!signal.advice.empty() && reason.ends_with(behind))
      return printable(reason.substr(0, reason.size() - behind.size()));
  }
  return printable(reason);
}

std::string subject_value_text(const SubjectKind& what, std::optional<double> value, bool more_than) {
  if (!value) return "not measured";
  const std::string more = more_than ? "> " : "";
  if (std::holds_alternative<MetricQuantile>(what)) return more + time_text(*value);
  return more + (std::holds_alternative<Share>(what) ? share_text(*value) : rate_text(*value));
}

TonedWord toned_word(Judgement judgement) {
  switch (judgement) {
    case Judgement::kMet:
      return {"met", Tone::kGood};
    case Judgement::kMissed:
      return {"MISSED", Tone::kBad};
    case Judgement::kUndecided:
      return {"undecided", Tone::kOpen};
  }
  return {};
}

std::string level_value_text(const LevelResult& level) {
  return subject_value_text(level.level.what, level.value, level.more_than);
}

std::vector<ReasonCount> most_frequent_first(const std::map<std::string, std::uint64_t>& reasons) {
  std::vector<ReasonCount> ranked(reasons.begin(), reasons.end());
  std::ranges::stable_sort(ranked, std::ranges::greater{}, &ReasonCount::second);
  return ranked;
}

std::string tally_reasons_text(const Tally& tally) {
  std::string words;
  for (const auto& [reason, count] : most_frequent_first(tally.reasons))
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", printable(reason), count_text(count));
  return words;
}

std::string counter_text(TokenCount counted_by) {
  switch (counted_by) {
    case TokenCount::kUsage:
      return "by the engine's usage";
    case TokenCount::kNode:
      return "by the node";
    case TokenCount::kEstimated:
      return "estimated by us (bytes / 4)";
    case TokenCount::kNone:
      break;
  }
  return "";
}

std::vector<std::string> advice_for(const Result& result) {
  std::vector<std::string> words;
  for (const Signal& signal : result.verdict.signals)
    if (!signal.advice.empty() && std::find(words.begin(), words.end(), signal.advice) == words.end())
      words.push_back(signal.advice);
  if (!words.empty()) return words;
  const Tally& tally = result.summary.whole.tally;
  if (tally.attempts == 0) return {"no turn lies in the window: a longer --duration, or a shorter --warm-up"};
  if (tally.refused * 20 > tally.attempts)
    words.emplace_back("the target refuses: a lower --rate finds what it can carry, more nodes carry more");
  if (tally.failed * 100 > tally.attempts)
    words.emplace_back("look at what failed: --records FILE has what the target said to each turn");
  if (tally.unfinished * 20 > tally.attempts)
    words.emplace_back("many turns were still under way: a longer --drain, or a lower --rate");
  if (!result.summary.warm_up.steady)
    words.emplace_back(
        "answers became slower and slower: the rate is more than the target carries, or the run too short");
  return words;
}

}  // namespace wsdeep::load
