#include "commands/loadtest/options.h"

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "base/text.h"
#include "commands/not_empty.h"
#include "load/plan/words.h"

namespace wsdeep::commands {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;

/// An option whose words the plan reads, and which need not be there.
Option add_words(const Command& command, const std::string& name, std::optional<std::string>& value,
                 const std::string& text) {
  const std::function<void(const std::string&)> take = [&value](const std::string& words) { value = words; };
  return command.add_option(name, take, text);
}

Option add_count(const Command& command, const std::string& name, std::optional<std::int64_t>& value,
                 const std::string& text) {
  const std::function<void(const std::string&)> take = [&value](const std::string& words) {
    value = parse_integer(words, 0, kBillion);
  };
  return command.add_option(name, take, text).check([](const std::string& words) {
    return parse_integer(words, 0, kBillion)
               ? std::string()
               : fmt::format("expected a whole number from 0 to {}, got '{}'", kBillion, words);
  });
}

void add_seed(const Command& command, std::uint64_t& seed) {
  command.add_option("--seed", seed, "of all that is drawn: the same seed draws the same load").shows_default();
}

void add_factor(const Command& command, const std::string& name, std::optional<double>& value,
                const std::string& text) {
  const std::function<void(const std::string&)> take = [&value](const std::string& words) {
    value = load::number_in(words);
  };
  command.add_option(name, take, text).check([](const std::string& words) {
    return load::number_in(words) ? std::string() : fmt::format("expected a number, got '{}'", words);
  });
}

void add_closed_loop_options(const Command& command, load::PlanOptions& plan) {
  const std::string group = "Closed loop";
  add_count(command, "--concurrency", plan.concurrency,
            "instead of a rate so many users, each of whom asks again when the answer has come")
      .group(group);
  add_words(command, "--think", plan.think, "mean pause between an answer and the next question, such as 2s")
      .group(group);
}

}  // namespace

void add_load_options(const Command& command, LoadOptions& options) {
  load::PlanOptions& plan = options.plan;
  add_schedule_options(command, options);
  add_words(command, "--duration", plan.duration, "how long turns begin, such as 60s (by default) or 10m");
  add_count(command, "--requests", plan.requests, "end after so many turns");
  add_count(command, "--blocks", plan.blocks, "cut it into so many equal parts, each with figures of its own");
  add_words(command, "--trace", plan.trace, "file of Azure, BurstGPT or Mooncake, whose instants and lengths are used");
  add_factor(command, "--time-scale", plan.time_scale, "with --trace: its instants times this; 0.5 is twice as fast");
  add_words(command, "--cancel", plan.cancel, "users who give up, such as 5%@2s: a twentieth, 2 s after the question");
  add_closed_loop_options(command, plan);
}

void add_schedule_options(const Command& command, LoadOptions& options) {
  load::PlanOptions& plan = options.plan;
  add_words(command, "--rate", plan.rate, "what begins in a time, such as 5/s, 300/m or 100/h");
  add_words(command, "--arrivals", plan.arrivals,
            "how the gaps between them are drawn: constant, poisson (by default), poisson-fixed-n or gamma");
  add_factor(command, "--burstiness", plan.burstiness, "shape of gamma: 1 is poisson, less comes in bursts");
  add_words(command, "--stages", plan.stages, "file of stages, a line each: [NAME] DURATION RATE or RATE..RATE");
  add_seed(command, plan.seed);
}

void add_prompt_options(const Command& command, LoadOptions& options) {
  load::PlanOptions& plan = options.plan;
  const std::string group = "Prompts";
  const std::string like = ": 200, 100..300, normal:200,50, lognormal:200,0.6 or exp:200";
  add_words(command, "--prompt-tokens", plan.prompt_tokens, "lengths of questions" + like).group(group);
  add_words(command, "--output-tokens", plan.output_tokens, "most tokens of an answer" + like).group(group);
  add_words(command, "--turns", plan.turns, "turns of a conversation" + like).group(group);
  add_count(command, "--prefix-tokens", plan.prefix_tokens, "length of a beginning that conversations share")
      .group(group);
  add_count(command, "--prefixes", plan.prefixes, "how many such beginnings there are").group(group);
  add_words(command, "--prompts", plan.prompts, "file of JSON lines: {\"prompt\": …} or {\"messages\": […]}")
      .group(group);
  add_words(command, "--sharegpt", plan.sharegpt, "file in ShareGPT's form").group(group);
  command
      .add_flag("--same-prompts", plan.same_prompts,
                "ask what the last run with this seed asked: caches may know it already")
      .group(group);
}

void add_measure_options(const Command& command, LoadOptions& options) {
  const std::string group = "Measure";
  command.add_option("--warm-up", options.warm_up, "what to leave out at the beginning: auto, none, or a time")
      .shows_default()
      .group(group);
  command.add_option("--cool-down", options.cool_down, "what to leave out at the end").shows_default().group(group);
  command.add_option("--drain", options.drain, "how long turns may take to end when none begin any more")
      .shows_default()
      .group(group);
  command.add_option("--slo", options.levels, "what has to hold, such as 'ttft_p99<800ms'; may be repeated")
      .repeats()
      .check(not_empty)
      .group(group);
  command
      .add_option("--abort-on", options.abort_rules,
                  "what ends the run when it holds for ten seconds, such as 'error_share>20%'; may be repeated")
      .repeats()
      .check(not_empty)
      .group(group);
  const std::string files = "Output";
  command.add_option("--json", options.outputs.json, "file for the whole result; -: stdout").group(files);
  command.add_option("--records", options.outputs.records, "file for each turn, JSON lines").group(files);
  command.add_option("--csv", options.outputs.csv, "file for the figures, CSV").group(files);
  command.add_option("--hdr", options.outputs.hdr, "file for the histograms, HdrHistogram log V2").group(files);
  command.add_option("--prometheus", options.outputs.prometheus, "file for the metrics, Prometheus text").group(files);
  command.add_option("--html", options.outputs.html, "file for a report to look at, one page of HTML").group(files);
  command.add_flag("--quiet", options.quiet, "say nothing while it runs").group(files);
}

void add_worker_options(const Command& command, LoadOptions& options) {
  const std::string group = "Many workers";
  const Option on = command
                        .add_option("--on", options.workers.on,
                                    "have workers do it: local, processes of this machine; k8s, pods; ecs, tasks")
                        .one_of({"local", "k8s", "ecs"})
                        .group(group);
  command.add_option("--workers", options.plan.share.workers, "so many, each of whom does an equal share of all")
      .range(1, load::kMaxWorkers)
      .group(group)
      .needs(on);
  command
      .add_option("--start-in", options.workers.start_in,
                  "when all of them begin; without it when they are thought to be ready")
      .group(group)
      .needs(on);
  add_remote_options(command, options.workers.remote, on);
}

}  // namespace wsdeep::commands
