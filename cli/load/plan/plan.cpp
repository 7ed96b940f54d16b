#include "load/plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "load/plan/counted.h"
#include "load/plan/generated_prompts.h"
#include "load/plan/listed_prompts.h"
#include "load/plan/salted_prompts.h"
#include "load/plan/shared_prompts.h"
#include "load/plan/source_file.h"
#include "load/plan/stages_file.h"
#include "load/plan/trace.h"
#include "load/plan/trace_file.h"
#include "load/plan/trace_prompts.h"
#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

constexpr Micros kDefaultDuration = 60'000'000;
constexpr Micros kLongestClosedLoop = 3'600'000'000;
constexpr Micros kOpenEnd = 366LL * 24 * 3600 * 1'000'000;  ///< of a stage that the requests end
constexpr std::string_view kDefaultRate = "1/s";
constexpr std::size_t kMaxStagesBytes = 1 << 20;
constexpr std::int64_t kMostBlocks = 1000;

/// A flag of this plan, and whether it was given.
struct Given {
  std::string_view name;
  bool given = false;
};

[[noreturn]] void refuse_flag(const std::string& message) {
  throw Error(ErrorKind::kUsage, message);
}

/// Refuses `flag` beside any of `others`.
void excludes(Given flag, std::initializer_list<Given> others) {
  if (!flag.given) return;
  for (const Given& other : others)
    if (other.given) refuse_flag(fmt::format("{} and {} exclude each other", flag.name, other.name));
}

/// Refuses `flag` without `other`.
void needs(Given flag, Given other) {
  if (flag.given && !other.given) refuse_flag(fmt::format("{} needs {}", flag.name, other.name));
}

void check_flags_go_together(const PlanOptions& options) {
  const Given rate{"--rate", options.rate.has_value()};
  const Given arrivals{"--arrivals", options.arrivals.has_value()};
  const Given burstiness{"--burstiness", options.burstiness.has_value()};
  const Given stages{"--stages", options.stages.has_value()};
  const Given trace{"--trace", options.trace.has_value()};
  const Given concurrency{"--concurrency", options.concurrency.has_value()};
  const Given duration{"--duration", options.duration.has_value()};
  const Given prompt_tokens{"--prompt-tokens", options.prompt_tokens.has_value()};
  const Given output_tokens{"--output-tokens", options.output_tokens.has_value()};
  const Given prefix_tokens{"--prefix-tokens", options.prefix_tokens.has_value()};
  const Given turns{"--turns", options.turns.has_value()};
  const Given sharegpt{"--sharegpt", options.sharegpt.has_value()};
  excludes(concurrency, {rate, arrivals, burstiness, stages, trace});
  excludes(trace, {rate, arrivals, burstiness, stages, prompt_tokens, output_tokens, prefix_tokens, turns});
  excludes(stages, {rate, duration});
  excludes({"--blocks", options.blocks.has_value()}, {stages, trace, {"--requests", options.requests.has_value()}});
  excludes({"--prompts", options.prompts.has_value()}, {sharegpt, prompt_tokens, prefix_tokens, turns});
  excludes(sharegpt, {prompt_tokens, prefix_tokens, turns});
  needs({"--think", options.think.has_value()}, concurrency);
  needs({"--time-scale", options.time_scale.has_value()}, trace);
  needs({"--prefixes", options.prefixes.has_value()}, prefix_tokens);
}

std::int64_t within(std::optional<std::int64_t> value, std::int64_t otherwise, std::int64_t most,
                    std::string_view flag) {
  const std::int64_t number = value.value_or(otherwise);
  if (number < 1 || number > most) refuse_flag(fmt::format("{} must be from 1 to {}, got {}", flag, most, number));
  return number;
}

Arrivals arrivals_of(const PlanOptions& options) {
  if (!options.arrivals) return options.burstiness ? Arrivals::kGamma : Arrivals::kPoisson;
  const Arrivals arrivals = parse_arrivals(*options.arrivals, "--arrivals");
  if (options.burstiness && arrivals != Arrivals::kGamma)
    refuse_flag(fmt::format("--burstiness is for gamma arrivals, not for {}", *options.arrivals));
  if (!options.burstiness && arrivals == Arrivals::kGamma) refuse_flag("--arrivals gamma needs --burstiness");
  return arrivals;
}

double burstiness_of(const PlanOptions& options) {
  const double burstiness = options.burstiness.value_or(1);
  if (!(burstiness >= 0.01 && burstiness <= 1000))
    refuse_flag(fmt::format("--burstiness must be from 0.01 to 1000, got {}", burstiness));
  return burstiness;
}

/// How long one rate lasts when nobody says so: its requests end it. With `poisson-fixed-n`, which is conditioned on
/// their number, it is as long as they take in the mean.
Micros duration_of_requests(const LoadShape& shape, double rate) {
  if (!shape.requests) return kDefaultDuration;
  const double mean = static_cast<double>(*shape.requests) / rate * 1e6;
  if (shape.arrivals != Arrivals::kPoissonFixedN || mean > static_cast<double>(kOpenEnd)) return kOpenEnd;
  return std::max(1LL, std::llround(mean));
}

/// A part of the load in as many parts as are asked for, which are named by their numbers.
std::vector<Stage> in_blocks(const Stage& whole, const PlanOptions& options) {
  const std::int64_t blocks = within(options.blocks, 1, kMostBlocks, "--blocks");
  std::vector<Stage> stages;
  Micros from = 0;
  for (std::int64_t block = 1; block <= blocks; ++block) {
    const Micros to = whole.duration / blocks * block + whole.duration % blocks * block / blocks;
    stages.push_back({std::to_string(block), to - from, whole.rate_from, whole.rate_to});
    from = to;
  }
  return stages;
}

std::vector<Stage> stages_of(const LoadShape& shape, const PlanOptions& options, const Files& files) {
  if (options.stages) return parse_stages(SourceFile::read(files, *options.stages, kMaxStagesBytes));
  const double rate = parse_rate(options.rate.value_or(std::string(kDefaultRate)), "--rate");
  const Micros duration =
      options.duration ? parse_span(*options.duration, "--duration") : duration_of_requests(shape, rate);
  return in_blocks({.name = "1", .duration = duration, .rate_from = rate, .rate_to = rate}, options);
}

void plan_open_loop(Plan& plan, const PlanOptions& options, const Files& files) {
  plan.shape.arrivals = arrivals_of(options);
  plan.shape.burstiness = burstiness_of(options);
  plan.shape.stages = stages_of(plan.shape, options, files);
  plan.schedule = make_schedule(plan.shape);
  plan.shape.stages = plan.schedule.stages;
  const std::size_t count = plan.schedule.arrivals.size();
  if (count == 0) refuse_flag("the load has no arrival: a higher rate or a longer duration has some");
  if (plan.shape.requests.value_or(count) > count)
    plan.notes.push_back(fmt::format("the load ends after {} with {} of the {} requests",
                                     human_duration(std::chrono::microseconds(plan.schedule.length())), count,
                                     *plan.shape.requests));
}

double time_scale_of(const PlanOptions& options) {
  const double scale = options.time_scale.value_or(1);
  if (!(scale >= 0.001 && scale <= 1000))
    refuse_flag(fmt::format("--time-scale must be from 0.001 to 1000, got {}", scale));
  return scale;
}

std::shared_ptr<const Trace> plan_trace(Plan& plan, const PlanOptions& options, const Files& files) {
  TraceCut cut{.time_scale = time_scale_of(options), .requests = plan.shape.requests};
  if (options.duration) cut.duration = parse_span(*options.duration, "--duration");
  auto trace = std::make_shared<const Trace>(parse_trace(SourceFile::read(files, *options.trace)));
  plan.schedule = schedule_of(*trace, cut, plan.shape);
  plan.shape.trace = *options.trace;
  plan.shape.stages = plan.schedule.stages;
  plan.notes = trace->notes;
  if (plan.schedule.arrivals.size() < trace->rows.size())
    plan.notes.push_back(fmt::format("{}: the load ends after {} of {}", *options.trace,
                                     counted(plan.schedule.arrivals.size(), "row"), trace->rows.size()));
  return trace;
}

void plan_closed_loop(Plan& plan, const PlanOptions& options) {
  plan.shape.concurrency =
      static_cast<int>(within(options.concurrency, 1, std::numeric_limits<int>::max(), "--concurrency"));
  if (options.think) plan.shape.think = parse_span(*options.think, "--think");
  const Micros otherwise = options.requests ? kLongestClosedLoop : kDefaultDuration;
  plan.shape.duration = options.duration ? parse_span(*options.duration, "--duration") : otherwise;
  plan.shape.stages = in_blocks({.name = "1", .duration = plan.shape.duration}, options);
  plan.schedule.stages = plan.shape.stages;
}

LoadShape common_shape(const PlanOptions& options) {
  LoadShape shape{.seed = options.seed};
  if (options.requests)
    shape.requests =
        static_cast<std::uint64_t>(within(options.requests, 1, static_cast<std::int64_t>(kMaxArrivals), "--requests"));
  if (options.cancel) {
    const Cancel cancel = parse_cancel(*options.cancel, "--cancel");
    shape.cancel_share = cancel.share;
    shape.cancel_after = cancel.after;
  }
  return shape;
}

PromptShape prompt_shape(const PlanOptions& options) {
  PromptShape shape{.seed = options.seed};
  if (options.prompt_tokens)
    shape.prompt_tokens = Lengths::parse(*options.prompt_tokens, "--prompt-tokens", kMaxTokens);
  if (options.turns) shape.turns = Lengths::parse(*options.turns, "--turns", kMaxTurns);
  if (options.prefix_tokens)
    shape.prefix_tokens = static_cast<int>(within(options.prefix_tokens, 1, kMaxTokens, "--prefix-tokens"));
  shape.prefixes = static_cast<int>(within(options.prefixes, 1, kMaxPrefixes, "--prefixes"));
  return shape;
}

OutputLimit output_limit(const PlanOptions& options) {
  OutputLimit limit{.seed = options.seed};
  if (options.output_tokens) limit.lengths = Lengths::parse(*options.output_tokens, "--output-tokens", kMaxTokens);
  return limit;
}

/// Where prompts come from, and that in words.
struct PromptPlan {
  std::shared_ptr<const PromptSource> source;
  std::string words;
};

PromptPlan generated_prompts(const PlanOptions& options, OutputLimit limit) {
  const PromptShape shape = prompt_shape(options);
  std::string words = fmt::format("{} tokens", shape.prompt_tokens.text());
  if (shape.prefix_tokens > 0)
    words += fmt::format(" behind {} of {} tokens",
                         shape.prefixes == 1 ? "a prefix" : fmt::format("one of {} prefixes", shape.prefixes),
                         shape.prefix_tokens);
  if (shape.turns.text() != "1") words += fmt::format(", {} turns", shape.turns.text());
  return {std::make_shared<GeneratedPrompts>(shape, std::move(limit)), std::move(words)};
}

PromptPlan trace_prompts(const PlanOptions& options, std::shared_ptr<const Trace> trace, OutputLimit limit) {
  std::string words = fmt::format("as long as in {}", *options.trace);
  if (!trace->blocks.empty()) words += ", with its shared prefixes";
  return {std::make_shared<TracePrompts>(std::move(trace), std::move(limit), options.seed), std::move(words)};
}

PromptPlan listed_prompts(Plan& plan, const PlanOptions& options, const Files& files, OutputLimit limit) {
  const SourceFile file = SourceFile::read(files, options.prompts ? *options.prompts : *options.sharegpt);
  PromptList list = options.prompts ? parse_prompts(file) : parse_sharegpt(file);
  plan.notes.insert(plan.notes.end(), list.notes.begin(), list.notes.end());
  std::size_t questions = 0;
  for (const ListedConversation& conversation : list.conversations) questions += conversation.questions.size();
  const std::uint64_t asked = std::max<std::uint64_t>(plan.schedule.arrivals.size(), plan.shape.requests.value_or(0));
  if (questions < asked)
    plan.notes.push_back(fmt::format("{}: {} for {}: they are asked again, and prefix caches know them then",
                                     file.name(), counted(questions, "question"), counted(asked, "turn")));
  std::string words = fmt::format("{} of {}", counted(list.conversations.size(), "conversation"), file.name());
  return {std::make_shared<ListedPrompts>(std::move(list.conversations), std::move(limit)), std::move(words)};
}

void plan_prompts(Plan& plan, const PlanOptions& options, const Files& files, std::shared_ptr<const Trace> trace) {
  OutputLimit limit = output_limit(options);
  const bool listed = options.prompts || options.sharegpt;
  PromptPlan prompts = listed  ? listed_prompts(plan, options, files, std::move(limit))
                       : trace ? trace_prompts(options, std::move(trace), std::move(limit))
                               : generated_prompts(options, std::move(limit));
  plan.prompts = std::move(prompts.source);
  if (!options.same_prompts)
    plan.prompts =
        std::make_shared<SaltedPrompts>(std::move(plan.prompts), salt_of(options.run ? *options.run : new_run_name()));
  if (plan.share.workers > 1) plan.prompts = std::make_shared<SharedPrompts>(std::move(plan.prompts), plan.share);
  const std::string asked_for = options.output_tokens ? fmt::format(", {} asked for", *options.output_tokens) : "";
  plan.prompts_in_words = fmt::format("{}{}, {} (seed {})", prompts.words, asked_for,
                                      options.same_prompts ? "the same ones" : "new ones", options.seed);
}

}  // namespace

Plan make_plan(const PlanOptions& options, const Files& files) {
  check_flags_go_together(options);
  Plan plan{.words = options,
            .shape = common_shape(options),
            .schedule = {},
            .share = options.share,
            .prompts = {},
            .prompts_in_words = {},
            .notes = {}};
  std::shared_ptr<const Trace> trace;
  if (options.trace)
    trace = plan_trace(plan, options, files);
  else if (options.concurrency)
    plan_closed_loop(plan, options);
  else
    plan_open_loop(plan, options, files);
  plan_prompts(plan, options, files, std::move(trace));
  return plan;
}

}  // namespace wsdeep::load
