#include "load/shard_opening.h"

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/version.h"

namespace wsdeep::load {
namespace {

std::string stages_in_words(const std::vector<Stage>& stages) {
  std::string words;
  for (const Stage& stage : stages)
    words += fmt::format("{} {} {}..{}\n", stage.name, stage.duration, stage.rate_from, stage.rate_to);
  return words;
}

/// Instants of a trace are a file's, and the same everywhere; those that are drawn may be rounded otherwise on another
/// processor.
std::string trace_in_words(const Plan& plan) {
  std::string words;
  if (plan.shape.trace.empty()) return words;
  for (const Arrival& arrival : plan.schedule.arrivals)
    words += fmt::format("{} {} {}\n", arrival.intended, arrival.prompt_tokens.value_or(-1),
                         arrival.output_tokens.value_or(-1));
  return words;
}

std::string measure_in_words(const RunPlan& plan) {
  std::string words =
      fmt::format("{} {} {} {}\n", plan.warm_up.value_or(-1), plan.cool_down, plan.drain.count(), plan.hold.count());
  for (const Level& level : plan.levels) words += level.text + '\n';
  for (const Level& rule : plan.abort_rules) words += rule.text + '\n';
  return words;
}

/// Files have other paths on other machines.
struct PathlessPlan {
  PlanOptions words;
  std::string prompts;
};

PathlessPlan without_paths(const Plan& plan) {
  PathlessPlan pathless{plan.words, plan.prompts_in_words};
  PlanOptions& words = pathless.words;
  for (std::optional<std::string>* path : {&words.stages, &words.trace, &words.prompts, &words.sharegpt}) {
    if (!*path) continue;
    const std::size_t at = pathless.prompts.find(**path);
    if (at != std::string::npos) pathless.prompts.erase(at, (*path)->size());
    *path = "";
  }
  return pathless;
}

/// All that makes one plan another.
std::string plan_in_full(const RunPlan& plan) {
  const PathlessPlan pathless = without_paths(plan.load);
  return fmt::format("{} {}\n{}\n{} {}\n{}{}{}", plan.kind, plan.target, plan_words(pathless.words), pathless.prompts,
                     plan.load.schedule.arrivals.size(), stages_in_words(plan.load.schedule.stages),
                     trace_in_words(plan.load), measure_in_words(plan));
}

}  // namespace

std::string warm_up_words(Micros warm_up) {
  return warm_up == 0 ? "none" : fmt::format("{}us", warm_up);
}

MeasureWords measure_words(const RunPlan& plan) {
  MeasureWords words;
  if (plan.warm_up) words.warm_up = warm_up_words(*plan.warm_up);
  words.levels = level_texts(plan.levels);
  words.abort_rules = level_texts(plan.abort_rules);
  return words;
}

ShardOpening shard_opening(const RunPlan& plan, const std::string& run) {
  return {
      .version = std::string(version()), .run = run, .plan = hex(sha256(plan_in_full(plan))), .share = plan.load.share};
}

}  // namespace wsdeep::load
