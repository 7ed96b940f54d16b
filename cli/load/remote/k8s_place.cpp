#include "load/remote/k8s_place.h"

#include <fmt/format.h>

#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "load/remote/job_plan.h"
#include "load/remote/pods.h"
#include "load/remote/worker_inputs.h"
#include "wire/json_fields.h"

namespace wsdeep::load {
namespace {

std::string label_selector(const std::string& run) {
  return fmt::format("--selector={}={}", kRunLabel, run);
}

JobSpec job_spec(const K8sOptions& options, SystemTime start, SystemTime now) {
  JobSpec spec;
  spec.pod = options.pod;
  spec.deadline = std::chrono::ceil<std::chrono::seconds>(start - now) + options.longest + kShardTime;
  spec.grace = options.drain + kShardTime;
  return spec;
}

struct PlannedPlace {
  const K8sOptions& options;
  const Env& env;
  const Files& files;
  const RunBucket& bucket;
  const std::string& region;
};

/// All that is created, whether it is created or printed.
JobPlan plan_of_place(const PlannedPlace& place, SystemTime now, const WorkersRun& run,
                      const std::vector<std::string>& arguments) {
  JobPlan plan = plan_job(job_spec(place.options, run.start, now), run, arguments, place.bucket.shard_uri(kWorkerIndex),
                          place.env, place.files);
  plan.spec.environment.emplace("AWS_REGION", place.region);
  plan.spec.environment.merge(input_variables(place.bucket, plan.by_bucket));
  return plan;
}

/// One line that makes an object with these files, for people.
std::string create_words(const std::string& what, const std::string& run,
                         const std::map<std::string, std::string>& contents) {
  if (contents.empty()) return {};
  std::string words = fmt::format("# kubectl create {} {}", what, job_name(run));
  for (const auto& [name, content] : contents) words += fmt::format(" --from-file={}=…", name);
  return words + "\n---\n";
}

std::string upload_words(const RunBucket& bucket, const std::vector<CarriedFile>& inputs) {
  std::string words;
  for (const CarriedFile& input : inputs) words += fmt::format("# aws s3 cp … {}{}\n", bucket.inputs_uri(), input.name);
  return words.empty() ? words : words + "---\n";
}

std::string uid_of(const std::string& created) {
  const wire::Json document = wire::parse_json(created, "the answer of kubectl create");
  return wire::JsonFields(document).object("metadata").text("uid");
}

}  // namespace

K8sPlace::K8sPlace(K8sOptions options, const Env& env, Files& files, const Clock& clock)
    : options_(std::move(options)),
      env_(env),
      files_(files),
      clock_(clock),
      kubectl_(env, options_.context, options_.name_space),
      access_(env, files, clock) {}

K8sPlace::~K8sPlace() {
  watch_.reset();
  if (!run_.empty()) clean_up();
}

void K8sPlace::start(const WorkersRun& run, const std::vector<std::string>& arguments) {
  bucket_.emplace(access_, options_.results, run.run);
  run_ = run.run;
  seen_.assign(static_cast<std::size_t>(run.workers), false);
  create(run, arguments);
  watch_.emplace(run.workers, run.start, options_.look_every, clock_,
                 [this](const std::stop_token& stop) { return look(stop); });
}

/// The files first: a pod whose Secret is not there yet waits a while before it looks again.
void K8sPlace::create(const WorkersRun& run, const std::vector<std::string>& arguments) {
  const JobPlan plan =
      plan_of_place({options_, env_, files_, *bucket_, access_.region()}, clock_.now(), run, arguments);
  sent_inputs_ = !plan.by_bucket.empty();
  send_inputs(*bucket_, plan.by_bucket, files_);
  if (!plan.secret.empty()) kubectl_.create(secret_manifest(run_, plan.secret));
  if (!plan.config_map.empty()) kubectl_.create(config_map_manifest(run_, plan.config_map));
  const std::string owner = "--patch=" + owned_by_job(run_, uid_of(kubectl_.create(job_manifest(plan.spec))));
  if (!plan.secret.empty()) kubectl_.run({"patch", "secret", job_name(run_), "--type=merge", owner});
  if (!plan.config_map.empty()) kubectl_.run({"patch", "configmap", job_name(run_), "--type=merge", owner});
}

std::vector<WorkerStanding> K8sPlace::look(const std::stop_token& stop) {
  const std::string pods = kubectl_.run({"get", "pods", label_selector(run_), "--output=json"}, stop);
  std::vector<WorkerStanding> standings;
  std::optional<WorkerStanding> not_yet, no_more;  // asked for once, however many they are
  for (const auto& found : pod_standings(pods, static_cast<int>(seen_.size()))) {
    const std::size_t worker = standings.size();
    std::optional<WorkerStanding>& lacking = seen_[worker] ? no_more : not_yet;
    if (!found && !lacking) lacking = without_pod(seen_[worker], stop);
    standings.push_back(found ? *found : *lacking);
    seen_[worker] = seen_[worker] || found;
  }
  return standings;
}

/// One that was never there may not be made (a quota, a webhook), which only the Job's events tell. One that is there
/// no more has ended, by our wish or with the whole Job; or somebody has deleted it.
WorkerStanding K8sPlace::without_pod(bool was_there, const std::stop_token& stop) const {
  if (was_there && stopping_) return {WorkerState::kOver};
  const std::string job = kubectl_.run({"get", "job", job_name(run_), "--ignore-not-found", "--output=json"}, stop);
  if (job.empty()) return {WorkerState::kGone, "its job is no longer there"};
  const std::string failure = job_failure(job);
  if (!failure.empty()) return {was_there ? WorkerState::kOver : WorkerState::kGone, "ended with its job: " + failure};
  if (was_there) return {WorkerState::kGone, "its pod is no longer there"};
  return {WorkerState::kStarting, events_of_job(stop)};
}

std::string K8sPlace::events_of_job(const std::stop_token& stop) const {
  const std::string text = kubectl_.run(
      {"get", "events", fmt::format("--field-selector=involvedObject.name={},type=Warning", job_name(run_)),
       "--output=json"},
      stop);
  const wire::Json document = wire::parse_json(text, "the answer of kubectl get events");
  const wire::Json& items = wire::JsonFields(document).list("items");
  if (items.empty()) return {};
  return strip_control(wire::JsonFields(items.back(), "items").text_or("message", ""));
}

std::vector<WorkerStanding> K8sPlace::standings() {
  return watch_->latest();
}

/// What is measured by then is worth more than a call that failed.
void K8sPlace::attempt(const std::vector<std::string>& arguments) const {
  try {
    kubectl_.run(arguments);
  } catch (const Error& fault) {
    if (options_.on_fault) options_.on_fault(fault);
  }
}

/// Kubernetes sends SIGTERM, and SIGKILL when the grace is over.
void K8sPlace::stop(WorkersStop how) {
  stopping_ = true;
  if (how == WorkersStop::kSoon)
    attempt({"delete", "job", job_name(run_), "--ignore-not-found", "--wait=false"});
  else
    attempt({"delete", "pods", label_selector(run_), "--grace-period=1", "--wait=false"});
}

std::optional<std::filesystem::path> K8sPlace::fetch(int worker) {
  return shards_.fetch(*bucket_, worker);
}

void K8sPlace::clean_up() {
  attempt({"delete", "job,secret,configmap", label_selector(run_), "--ignore-not-found", "--wait=false"});
  if (!sent_inputs_) return;
  try {
    bucket_->remove_inputs();
  } catch (const Error& fault) {
    if (options_.on_fault) options_.on_fault(fault);
  }
}

std::string k8s_manifests(const K8sOptions& options, const Env& env, Files& files, const Clock& clock,
                          const WorkersRun& run, const std::vector<std::string>& arguments) {
  BucketAccess access(env, files, clock);
  const RunBucket bucket(access, options.results, run.run);
  const JobPlan plan = plan_of_place({options, env, files, bucket, access.region()}, clock.now(), run, arguments);
  return create_words("secret generic", run.run, plan.secret) + create_words("configmap", run.run, plan.config_map) +
         upload_words(bucket, plan.by_bucket) + yaml_of(job_manifest(plan.spec));
}

}  // namespace wsdeep::load
