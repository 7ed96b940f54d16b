#include "deploy/canary.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/codedeploy.h"
#include "aws/lambda_functions.h"
#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "deploy/resources.h"

namespace wsdeep::deploy {
namespace {

using Resources = std::vector<aws::StackResource>;

constexpr const char* kAliasType = "AWS::Lambda::Alias";
constexpr const char* kVersionType = "AWS::Lambda::Version";
constexpr const char* kCodeDeployApplication = "ServerlessDeploymentApplication";  // as SAM names it
constexpr std::chrono::minutes kBefore{1};

/// `arn:…:function:NAME` and `QUALIFIER` of an alias's or a version's ARN.
std::pair<std::string, std::string> without_qualifier(const std::string& arn) {
  const std::size_t colon = arn.rfind(':');
  if (colon == std::string::npos) return {arn, ""};
  return {arn.substr(0, colon), arn.substr(colon + 1)};
}

/// The one version of a function that the stack has; empty while it has several, or none.
std::string known_version(const Resources& resources, const std::string& function) {
  std::string found;
  for (const aws::StackResource& resource : resources) {
    if (resource.type != kVersionType) continue;
    const auto [of, version] = without_qualifier(resource.physical_id);
    if (of != function) continue;
    if (!found.empty()) return {};
    found = version;
  }
  return found;
}

/// The last part of a function's ARN.
std::string name_of(const std::string& function) {
  return function.substr(function.rfind(':') + 1);
}

std::string physical_id(const Resources& resources, const std::string& logical_id) {
  const auto found = std::find_if(resources.begin(), resources.end(),
                                  [&](const auto& resource) { return resource.logical_id == logical_id; });
  return found == resources.end() ? "" : found->physical_id;
}

/// `NAME (LogicalId)` for an alarm of this stack.
std::string alarm_text(const std::string& name, const Resources& resources) {
  const auto own = std::find_if(resources.begin(), resources.end(),
                                [&](const auto& resource) { return resource.physical_id == name; });
  return own == resources.end() ? name : fmt::format("{} ({})", name, own->logical_id);
}

/// The alias that could not be shifted.
const aws::StackEvent* failed_shift(const FollowResult& result) {
  for (const aws::StackEvent& event : result.events)
    if (event.type == kAliasType && event.status == "UPDATE_FAILED" &&
        to_lower(event.reason).find("cancelled") == std::string::npos)
      return &event;
  return nullptr;
}

/// `MessageFunction` of `MessageFunctionAliaslive`, as SAM names it.
std::string function_of(const aws::StackEvent& event) {
  return event.logical_id.substr(0, event.logical_id.rfind("Alias"));
}

std::string explanation(const aws::ShiftFailure& failure, const std::string& function, const Resources& resources,
                        const StackTarget& target) {
  std::vector<std::string> alarms;
  for (const std::string& name : failure.alarms()) alarms.push_back(alarm_text(name, resources));
  const std::string why = alarms.empty()
                              ? failure.message
                              : fmt::format("the alarm{} {} rang", alarms.size() == 1 ? "" : "s", join(alarms, ", "));
  std::string package = to_lower(function);
  package = package.substr(0, package.rfind("function"));
  return printable(
      fmt::format("canary: CodeDeploy shifted {} back ({}, {}): {}. All its calls go to the code of before "
                  "again; what the new code did is in: wsdeep logs{} --function {} --since 1h",
                  function, failure.id, failure.code, why, target.flag(), package));
}

std::string find_explanation(StackSession& session, const FollowResult& result, const aws::StackEvent& event) {
  const Resources resources = all_resources(session.access.cloudformation, session.target.name);
  const std::string function = function_of(event);
  const std::string application = physical_id(resources, kCodeDeployApplication);
  const std::string group = physical_id(resources, function + "DeploymentGroup");
  if (application.empty() || group.empty()) return {};
  const Clock& clock = session.context.clock;
  aws::CodeDeploy codedeploy(session.access.http, session.client_options("CODEDEPLOY", "codedeploy"),
                             session.access.credentials, clock);
  const auto since = clock.now() - std::chrono::duration_cast<SystemTime::duration>(result.duration) - kBefore;
  const std::vector<aws::ShiftFailure> failures = codedeploy.failures(application, group, since);
  return failures.empty() ? "" : explanation(failures.front(), function, resources, session.target);
}

}  // namespace

void restore_aliases(StackSession& session) {
  const Resources resources = all_resources(session.access.cloudformation, session.target.name);
  aws::LambdaFunctions lambda(session.access.http, session.client_options("LAMBDA", "lambda"),
                              session.access.credentials, session.context.clock);
  for (const aws::StackResource& resource : resources) {
    if (resource.type != kAliasType) continue;
    const auto [function, alias] = without_qualifier(resource.physical_id);
    const std::string version = known_version(resources, function);
    if (version.empty()) continue;
    const auto now = lambda.alias_version(name_of(function), alias);
    if (!now || *now == version) continue;
    lambda.point_alias(name_of(function), alias, version);
    session.context.console.err(
        fmt::format("alias     {} is at version {} again, not {} (deploy --code): the canary begins there\n",
                    name_of(function), version, *now));
  }
}

void explain_canary(StackSession& session, const FollowResult& result) {
  const aws::StackEvent* event = failed_shift(result);
  if (event == nullptr) return;
  try {
    const std::string found = find_explanation(session, result, *event);
    const ChangeStyle style = err_style(session.context.console);
    if (!found.empty()) session.context.console.err(wrap(found, style.columns, 0) + "\n\n");
  } catch (const Error&) {
    return;  // an explanation is not worth a failure
  }
}

}  // namespace wsdeep::deploy
