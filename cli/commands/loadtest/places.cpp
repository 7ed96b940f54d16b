#include "commands/loadtest/places.h"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "base/error.h"
#include "base/printable.h"
#include "load/local_place.h"
#include "load/plan/salted_prompts.h"
#include "load/remote/ecs_place.h"
#include "load/remote/k8s_place.h"
#include "load/shard_opening.h"
#include "terminal/dialogue.h"

namespace wsdeep::commands {
namespace {

/// From the start until the last turn has ended.
std::chrono::seconds longest_run(const load::RunPlan& plan) {
  return std::chrono::ceil<std::chrono::seconds>(std::chrono::microseconds(plan.load.schedule.length()) + plan.hold +
                                                 plan.drain);
}

load::K8sOptions k8s_place_options(const LoadOptions& options, const load::RunPlan& plan, const Context& context) {
  return k8s_options(options.workers.remote, longest_run(plan), std::chrono::ceil<std::chrono::seconds>(plan.drain),
                     context);
}

}  // namespace

std::unique_ptr<load::Place> place_of(const LoadOptions& options, const load::RunPlan& plan, Context& context) {
  if (options.workers.on == "k8s")
    return std::make_unique<load::K8sPlace>(k8s_place_options(options, plan, context), context.env, context.files,
                                            context.clock);
  if (options.workers.on == "ecs")
    return std::make_unique<load::EcsPlace>(ecs_options(options.workers.remote, context), context.env, context.files,
                                            context.clock);
  return std::make_unique<load::LocalPlace>(
      context.program, context.env, [&context](int worker, std::string_view line) {
        say(context.console, fmt::format("worker {}: {}", worker, printable(std::string(line))));
      });
}

std::string manifests_of(const LoadOptions& options, const load::RunPlan& plan, Context& context) {
  if (options.workers.on != "k8s") throw Error(ErrorKind::kUsage, "--print-manifests is for --on k8s");
  const load::K8sOptions k8s = k8s_place_options(options, plan, context);
  const SystemTime start = std::chrono::ceil<std::chrono::milliseconds>(context.clock.now()) + k8s.start_up;
  const load::WorkersRun run{plan.load.share.workers, load::new_run_name(), start, plan.load.words,
                             load::measure_words(plan)};
  return load::k8s_manifests(k8s, context.env, context.files, context.clock, run, context.arguments);
}

bool has_one_clock(const WorkerOptions& options) {
  return options.on == "local";
}

}  // namespace wsdeep::commands
