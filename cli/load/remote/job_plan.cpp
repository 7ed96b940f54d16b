#include "load/remote/job_plan.h"

#include <fmt/format.h>

#include <utility>

#include "load/remote/worker_inputs.h"

namespace wsdeep::load {
namespace {

std::size_t size_of(const std::map<std::string, std::string>& contents) {
  std::size_t bytes = 0;
  for (const auto& [name, content] : contents) bytes += name.size() + content.size();
  return bytes;
}

void read_inputs(JobPlan& plan, const std::vector<CarriedFile>& inputs, const Files& files) {
  for (const CarriedFile& input : inputs)
    (input.secret ? plan.secret : plan.config_map).emplace(input.name, read_input(input, files));
  plan.spec.mounts_inputs = !inputs.empty();
}

}  // namespace

JobPlan plan_job(JobSpec spec, const WorkersRun& run, const std::vector<std::string>& arguments,
                 const std::string& shard_uri, const Env& env, const Files& files) {
  JobPlan plan{std::move(spec)};
  plan.spec.run = run.run;
  plan.spec.workers = run.workers;
  CarriedCommand carried = carry_command(arguments, run.plan, env, kInputsFolder);
  read_inputs(plan, carried.files, files);
  if (size_of(plan.secret) > kMaxManifestData || size_of(plan.config_map) > kMaxManifestData) {
    carried = carry_command(arguments, run.plan, env, fetched_folder(run.run));
    plan.by_bucket = carried.files;
    plan.secret.clear();
    plan.config_map.clear();
    plan.spec.mounts_inputs = false;
  }
  plan.spec.arguments = std::move(carried.arguments);
  plan.spec.environment = std::move(carried.environment);
  WorkersRun elsewhere = run;
  elsewhere.plan = std::move(carried.plan);
  plan.spec.environment.merge(worker_environment(elsewhere, 0, shard_uri));
  plan.spec.environment[kWorkerVariable] = fmt::format("{}/{}", kWorkerIndex, run.workers);
  return plan;
}

}  // namespace wsdeep::load
