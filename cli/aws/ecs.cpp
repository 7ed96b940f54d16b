#include "aws/ecs.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <stop_token>

#include "wire/json_fields.h"
#include "wire/json_writer.h"

namespace wsdeep::aws {
namespace {

constexpr const char* kEcsJson = "application/x-amz-json-1.1";
constexpr const char* kEcsPrefix = "AmazonEC2ContainerServiceV20141113";
constexpr std::size_t kMaxDescribed = 100;
constexpr std::chrono::seconds kStopLimit{3};

void add_if_said(wire::JsonObject& body, std::string_view name, const std::string& text) {
  if (!text.empty()) body.add(name, text);
}

std::string network_json(const RunTaskRequest& request) {
  wire::JsonObject vpc;
  vpc.add_json("subnets", wire::json_strings(request.subnets));
  if (!request.security_groups.empty()) vpc.add_json("securityGroups", wire::json_strings(request.security_groups));
  vpc.add("assignPublicIp", request.public_ip ? "ENABLED" : "DISABLED");
  return wire::JsonObject().add_json("awsvpcConfiguration", vpc.text()).text();
}

EcsContainer container_in(const wire::Json& entry) {
  const wire::JsonFields fields(entry, "containers");
  return {fields.text_or("name", ""), fields.integer_if("exitCode"), fields.text_or("reason", "")};
}

EcsTask task_in(const wire::Json& entry) {
  const wire::JsonFields fields(entry, "tasks");
  EcsTask task{fields.text("taskArn"), fields.text("lastStatus"), fields.text_or("stopCode", ""),
               fields.text_or("stoppedReason", "")};
  if (fields.find("containers") != nullptr)
    std::ranges::transform(fields.list("containers"), std::back_inserter(task.containers), container_in);
  return task;
}

EcsFailure failure_in(const wire::Json& entry) {
  const wire::JsonFields fields(entry, "failures");
  return {fields.text_or("arn", ""), fields.text_or("reason", "no reason was given"), fields.text_or("detail", "")};
}

void add_answer(EcsTasks& all, const std::string& answer, const char* what) {
  const wire::Json document = wire::parse_json(answer, what);
  const wire::JsonFields fields(document);
  std::ranges::transform(fields.list("tasks"), std::back_inserter(all.tasks), task_in);
  if (fields.find("failures") != nullptr)
    std::ranges::transform(fields.list("failures"), std::back_inserter(all.failures), failure_in);
}

}  // namespace

std::string RunTaskRequest::overrides_json() const {
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment)
    variables.push_back(wire::JsonObject().add("name", name).add("value", value).text());
  const std::string one = wire::JsonObject()
                              .add("name", container)
                              .add_json("command", wire::json_strings(command))
                              .add_json("environment", wire::json_list(variables))
                              .text();
  return wire::JsonObject().add_json("containerOverrides", wire::json_list({one})).text();
}

Ecs::Ecs(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock)
    : client_(http, std::move(options), credentials, "ecs", "ecs", clock) {}

std::string Ecs::call(const char* operation, const std::string& body, const CallContext& context) {
  return client_.call_json(kEcsPrefix, operation, body, kEcsJson, true, context);
}

EcsTasks Ecs::run_task(const RunTaskRequest& request) {
  wire::JsonObject body;
  body.add("cluster", request.cluster).add("taskDefinition", request.task_definition).add("count", 1);
  add_if_said(body, "launchType", request.launch_type);
  add_if_said(body, "startedBy", request.started_by);
  add_if_said(body, "clientToken", request.client_token);
  if (!request.subnets.empty()) body.add_json("networkConfiguration", network_json(request));
  body.add_json("overrides", request.overrides_json());
  EcsTasks begun;
  add_answer(begun, call("RunTask", body.text()), "the answer to RunTask");
  return begun;
}

EcsTasks Ecs::describe_tasks(const std::string& cluster, const std::vector<std::string>& arns) {
  EcsTasks found;
  for (std::size_t at = 0; at < arns.size(); at += kMaxDescribed) {
    const auto first = arns.begin() + static_cast<std::ptrdiff_t>(at);
    const std::vector<std::string> some(first,
                                        first + static_cast<std::ptrdiff_t>(std::min(kMaxDescribed, arns.size() - at)));
    const std::string body =
        wire::JsonObject().add("cluster", cluster).add_json("tasks", wire::json_strings(some)).text();
    add_answer(found, call("DescribeTasks", body), "the answer to DescribeTasks");
  }
  return found;
}

void Ecs::stop_task(const std::string& cluster, const std::string& arn, const std::string& reason) {
  const std::stop_source never;  // also what a signal interrupted ends its tasks
  const CallContext context{std::chrono::steady_clock::now() + kStopLimit, never.get_token()};
  const std::string body = wire::JsonObject().add("cluster", cluster).add("task", arn).add("reason", reason).text();
  call("StopTask", body, context);
}

}  // namespace wsdeep::aws
