#include "load/remote/ecs_place.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "aws/call_settings.h"
#include "base/error.h"
#include "base/printable.h"
#include "load/remote/carried_command.h"
#include "load/remote/ended_worker.h"
#include "load/remote/worker_inputs.h"

namespace wsdeep::load {
namespace {

aws::ClientOptions ecs_client(const std::string& region, const Env& env, const Files& files) {
  return aws::CallSettings::load(env, files).client_options("ECS", "ecs", region);
}

std::string started_by(const std::string& run) {
  return "wsdeep-" + run;
}

std::string hint_of(const std::string& reason) {
  if (reason.starts_with("RESOURCE:") || reason.find("apacity") != std::string::npos)
    return "give the cluster room for all workers, or ask for fewer: --workers";
  return "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html";
}

Error not_placed(int worker, const std::vector<aws::EcsFailure>& failures) {
  const aws::EcsFailure failure =
      failures.empty() ? aws::EcsFailure{.reason = "no reason was given"} : failures.front();
  return {ErrorKind::kFailure,
          fmt::format("ECS cannot run worker {}: {}{}{}", worker, strip_control(failure.reason),
                      failure.detail.empty() ? "" : ", ", strip_control(failure.detail)),
          hint_of(failure.reason)};
}

void check_overrides(const aws::RunTaskRequest& request) {
  const std::size_t size = request.overrides_json().size();
  if (size > aws::kMaxOverrides)
    throw Error(
        ErrorKind::kUsage,
        fmt::format("the command line has {} characters as a task's overrides; ECS takes {}", size, aws::kMaxOverrides),
        "put what is long into a file (--stages, --prompts), or into the task definition's environment");
}

std::string reason_of_task(const aws::EcsTask& task) {
  std::string why = task.stop_code;
  const auto add = [&why](const std::string& text) {
    if (!text.empty() && why.find(text) == std::string::npos) why += (why.empty() ? "" : ": ") + text;
  };
  add(task.stopped_reason);
  for (const aws::EcsContainer& container : task.containers) add(container.reason);
  return strip_control(why.empty() ? "its task has stopped" : why);
}

WorkerStanding stopped_standing(const aws::EcsTask& task) {
  const auto ended = std::find_if(task.containers.begin(), task.containers.end(),
                                  [](const aws::EcsContainer& container) { return container.exit_code.has_value(); });
  if (ended == task.containers.end()) return {WorkerState::kGone, reason_of_task(task)};
  const std::int64_t code = *ended->exit_code;
  if (code == 0) return {WorkerState::kOver};
  return ended_standing(code, ended->reason.find("OutOfMemory") != std::string::npos, reason_of_task(task));
}

}  // namespace

WorkerStanding task_standing(const aws::EcsTask& task) {
  const std::string& status = task.last_status;
  if (status == "RUNNING") return {WorkerState::kWaiting};
  if (status == "STOPPED" || status == "DELETED") return stopped_standing(task);
  if (status == "DEACTIVATING" || status == "STOPPING" || status == "DEPROVISIONING") return {WorkerState::kDraining};
  return {WorkerState::kStarting, task.stopped_reason.empty() ? "" : reason_of_task(task)};
}

EcsPlace::EcsPlace(EcsOptions options, const Env& env, Files& files, const Clock& clock)
    : options_(std::move(options)),
      env_(env),
      files_(files),
      clock_(clock),
      access_(env, files, clock),
      credentials_(env, files, clock),
      ecs_(http_, ecs_client(access_.region(), env, files), credentials_, clock),
      watched_(watching_, ecs_client(access_.region(), env, files), credentials_, clock) {}

EcsPlace::~EcsPlace() {
  watch_.reset();
  if (bucket_) clean_up();
}

aws::RunTaskRequest EcsPlace::task_of(const WorkersRun& run) const {
  aws::RunTaskRequest request;
  request.cluster = options_.cluster;
  request.task_definition = options_.task_definition;
  request.launch_type = options_.launch_type;
  request.started_by = started_by(run.run);
  request.subnets = options_.subnets;
  request.security_groups = options_.security_groups;
  request.public_ip = options_.public_ip;
  request.container = options_.container;
  return request;
}

void EcsPlace::start(const WorkersRun& run, const std::vector<std::string>& arguments) {
  CarriedCommand carried = carry_command(arguments, run.plan, env_, fetched_folder(run.run));
  bucket_.emplace(access_, options_.results, run.run);
  sent_inputs_ = !carried.files.empty();
  carried.environment.merge(send_inputs(*bucket_, carried.files, files_));
  carried.environment.emplace("AWS_REGION", access_.region());
  aws::RunTaskRequest request = task_of(run);
  request.command = std::move(carried.arguments);
  request.environment.assign(carried.environment.begin(), carried.environment.end());
  WorkersRun elsewhere = run;
  elsewhere.plan = std::move(carried.plan);
  for (int worker = 0; worker < run.workers; ++worker) run_worker(request, elsewhere, worker);
  watch_.emplace(run.workers, run.start, options_.look_every, clock_,
                 [this](const std::stop_token&) { return look(); });
}

/// One call each: what it is told differs from the others'. The token makes a call that is repeated the same task.
void EcsPlace::run_worker(aws::RunTaskRequest request, const WorkersRun& run, int worker) {
  const auto own = worker_environment(run, worker, bucket_->shard_uri(std::to_string(worker)));
  request.environment.insert(request.environment.end(), own.begin(), own.end());
  request.client_token = fmt::format("{}-{}", started_by(run.run), worker);
  check_overrides(request);
  const aws::EcsTasks begun = ecs_.run_task(request);
  if (begun.tasks.empty()) throw not_placed(worker, begun.failures);
  tasks_.push_back(begun.tasks.front().arn);
}

std::vector<WorkerStanding> EcsPlace::look() {
  std::map<std::string, WorkerStanding, std::less<>> known;
  const aws::EcsTasks found = watched_.describe_tasks(options_.cluster, tasks_);
  for (const aws::EcsTask& task : found.tasks) known.emplace(task.arn, task_standing(task));
  for (const aws::EcsFailure& failure : found.failures)
    known.emplace(failure.arn, WorkerStanding{WorkerState::kGone, "ECS says of its task: " + failure.reason});
  std::vector<WorkerStanding> standings;
  for (const std::string& task : tasks_) standings.push_back(known[task]);
  return standings;
}

std::vector<WorkerStanding> EcsPlace::standings() {
  return watch_->latest();
}

/// What is measured by then is worth more than a call that failed.
void EcsPlace::attempt(const std::function<void()>& work) const {
  try {
    work();
  } catch (const Error& fault) {
    if (options_.on_fault) options_.on_fault(fault);
  }
}

/// There is one way to stop a task, harmless where it has ended: SIGTERM, and SIGKILL after the task definition's
/// stopTimeout.
void EcsPlace::stop(WorkersStop how) {
  if (how == WorkersStop::kNow) return;
  for (const std::string& task : tasks_) attempt([&] { ecs_.stop_task(options_.cluster, task, "the load test ends"); });
}

std::optional<std::filesystem::path> EcsPlace::fetch(int worker) {
  return shards_.fetch(*bucket_, worker);
}

/// Whatever runs still is stopped: also what was begun before another one could not be.
void EcsPlace::clean_up() {
  std::vector<std::string> running;
  attempt([&] {
    for (const aws::EcsTask& task : ecs_.describe_tasks(options_.cluster, tasks_).tasks)
      if (task.last_status != "STOPPED") running.push_back(task.arn);
  });
  for (const std::string& task : running)
    attempt([&] { ecs_.stop_task(options_.cluster, task, "the load test is over"); });
  if (sent_inputs_) attempt([this] { bucket_->remove_inputs(); });
}

}  // namespace wsdeep::load
