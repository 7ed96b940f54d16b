#include "load/remote/pods.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "base/printable.h"
#include "base/text.h"
#include "load/remote/ended_worker.h"
#include "wire/json_fields.h"

namespace wsdeep::load {
namespace {

using wire::Json;
using wire::JsonFields;

constexpr const char* kIndexAnnotation = "batch.kubernetes.io/job-completion-index";
constexpr std::size_t kLongestWhy = 300;

/// `REASON: message`, one line.
std::string reason_of(const JsonFields& said) {
  const std::string reason = said.text_or("reason", "");
  const std::string message = said.text_or("message", "");
  std::string text = reason.empty() || message.empty() ? reason + message : fmt::format("{}: {}", reason, message);
  std::replace(text.begin(), text.end(), '\n', ' ');
  text = trim(strip_control(text));
  if (text.size() <= kLongestWhy) return text;
  text.resize(kLongestWhy);
  return text += "...";
}

/// Of a pod that does not run yet.
std::string why_not_scheduled(const JsonFields& status) {
  if (status.find("conditions") == nullptr) return {};
  for (const Json& entry : status.list("conditions")) {
    const JsonFields condition(entry, "conditions");
    if (condition.text_or("type", "") == "PodScheduled" && condition.text_or("status", "") == "False")
      return reason_of(condition);
  }
  return {};
}

/// The state of the pod's one container, as far as there is one: `waiting`, `running`, `terminated`.
std::optional<JsonFields> container_state(const JsonFields& status, std::string_view name) {
  if (status.find("containerStatuses") == nullptr) return std::nullopt;
  for (const Json& entry : status.list("containerStatuses"))
    if (const auto state = JsonFields(entry, "containerStatuses").object_if("state"))
      if (auto found = state->object_if(name)) return found;
  return std::nullopt;
}

std::string why_it_waits(const JsonFields& status) {
  if (std::string why = why_not_scheduled(status); !why.empty()) return why;
  const auto waiting = container_state(status, "waiting");
  if (!waiting || waiting->text_or("reason", "") == "ContainerCreating") return {};
  return reason_of(*waiting);
}

WorkerStanding ended_with(const JsonFields& status) {
  const auto terminated = container_state(status, "terminated");
  if (!terminated) {
    const std::string why = reason_of(status);  // Evicted, DeadlineExceeded, NodeLost
    return {WorkerState::kGone, why.empty() ? "its pod has failed" : why};
  }
  const bool killed = terminated->text_or("reason", "") == "OOMKilled";
  return ended_standing(terminated->integer_or("exitCode", -1), killed, reason_of(*terminated));
}

WorkerStanding standing_of(const JsonFields& pod) {
  const JsonFields status = pod.object("status");
  const std::string phase = status.text_or("phase", "Pending");
  if (phase == "Succeeded") return {WorkerState::kOver};
  if (phase == "Failed") return ended_with(status);
  if (phase != "Running") return {WorkerState::kStarting, why_it_waits(status)};
  const auto deleted = pod.object("metadata").text_if("deletionTimestamp");
  return {deleted ? WorkerState::kDraining : WorkerState::kWaiting};
}

std::optional<std::int64_t> index_of(const JsonFields& pod, int workers) {
  const auto annotations = pod.object("metadata").object_if("annotations");
  return parse_integer(annotations ? annotations->text_or(kIndexAnnotation, "") : "", 0, workers - 1);
}

}  // namespace

std::vector<std::optional<WorkerStanding>> pod_standings(std::string_view list, int workers) {
  std::vector<std::optional<WorkerStanding>> standings(static_cast<std::size_t>(workers));
  const Json document = wire::parse_json(list, "the answer of kubectl get pods");
  const JsonFields fields(document);
  for (const Json& item : fields.list("items")) {
    const JsonFields pod(item, "items");
    // A pod of ours has a number; one that somebody else gave our label is none of the workers.
    if (const auto index = index_of(pod, workers)) standings[static_cast<std::size_t>(*index)] = standing_of(pod);
  }
  return standings;
}

std::string job_failure(std::string_view job) {
  const Json document = wire::parse_json(job, "the answer of kubectl get job");
  const auto status = JsonFields(document).object_if("status");
  if (!status || status->find("conditions") == nullptr) return {};
  for (const Json& entry : status->list("conditions")) {
    const JsonFields condition(entry, "conditions");
    const std::string type = condition.text_or("type", "");
    if ((type == "Failed" || type == "FailureTarget") && condition.text_or("status", "") == "True") {
      const std::string why = reason_of(condition);
      return why.empty() ? "the job has failed" : why;
    }
  }
  return {};
}

}  // namespace wsdeep::load
