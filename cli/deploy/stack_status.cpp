#include "deploy/stack_status.h"

#include <algorithm>

#include "deploy/resources.h"

namespace wsdeep::deploy {
namespace {

constexpr std::size_t kAlarmsACall = 100;

std::vector<aws::Alarm> alarms_of(const std::vector<aws::StackResource>& resources, aws::CloudWatch& cloudwatch) {
  std::vector<aws::Alarm> alarms;
  std::vector<std::string> names;
  const auto ask = [&] {
    if (names.empty()) return;
    for (aws::Alarm& alarm : cloudwatch.describe_alarms(names)) alarms.push_back(std::move(alarm));
    names.clear();
  };
  for (const aws::StackResource& resource : resources) {
    if (resource.type == "AWS::CloudWatch::Alarm" && !resource.physical_id.empty())
      names.push_back(resource.physical_id);
    if (names.size() == kAlarmsACall) ask();
  }
  ask();
  return alarms;
}

}  // namespace

StackStatus read_status(StackSession& session) {
  StackAccess& access = session.access;
  const Clock& clock = session.context.clock;
  StackStatus status;
  status.stack = session.require_stack();
  status.resources = all_resources(access.cloudformation, session.target.name);
  status.fleet = access.cloudformation.describe_stack(session.target.of(stack::Part::kFleet).name);
  if (status.fleet) status.fleet_resources = all_resources(access.cloudformation, status.fleet->name);
  aws::CloudWatch cloudwatch(access.http, session.client_options("CLOUDWATCH", "monitoring"), access.credentials,
                             clock);
  std::vector<aws::StackResource> both = status.resources;
  both.insert(both.end(), status.fleet_resources.begin(), status.fleet_resources.end());
  status.alarms = alarms_of(both, cloudwatch);
  return status;
}

std::size_t resources_in(const aws::StackResource& nested, const StackStatus& status) {
  const std::string prefix = nested.logical_id + "/";
  return static_cast<std::size_t>(std::count_if(status.resources.begin(), status.resources.end(),
                                                [&](const auto& one) { return one.logical_id.starts_with(prefix); }));
}

std::string output_of(const aws::Stack& stack, std::string_view key) {
  for (const auto& output : stack.outputs)
    if (output.key == key) return output.value;
  return {};
}

}  // namespace wsdeep::deploy
