#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "aws/autoscaling.h"
#include "aws/cloudwatch.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/context.h"
#include "commands/stack_target.h"
#include "stack/deployment.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kAlarmsACall = 100;

struct StatusOptions {
  StackOptions stack;
  std::string output = "text";
};

struct Status {
  aws::Stack stack;
  std::size_t resources = 0;
  std::optional<aws::AutoScalingGroup> nodes;
  std::vector<aws::Alarm> alarms;
};

std::string output_of(const aws::Stack& stack, std::string_view key) {
  for (const auto& output : stack.outputs)
    if (output.key == key) return output.value;
  return {};
}

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

Status read_status(const StackTarget& target, StackAccess& access, Context& context) {
  Status status;
  status.stack = require_stack(access, target);
  const auto resources = access.cloudformation.list_resources(target.name);
  status.resources = resources.size();
  aws::CloudWatch cloudwatch(access.http, client_options(target, context, "CLOUDWATCH", "monitoring"),
                             access.credentials, context.clock);
  status.alarms = alarms_of(resources, cloudwatch);
  const std::string group = output_of(status.stack, "NodeGroupName");
  if (group.empty()) return status;
  aws::AutoScaling autoscaling(access.http, client_options(target, context, "AUTO_SCALING", "autoscaling"),
                               access.credentials, context.clock);
  status.nodes = autoscaling.describe_group(group);
  return status;
}

nlohmann::ordered_json json_of(const Status& status) {
  nlohmann::ordered_json json{{"stack", status.stack.name},
                              {"status", status.stack.status},
                              {"updated", status.stack.updated.empty() ? status.stack.created : status.stack.updated},
                              {"terminationProtection", status.stack.termination_protection},
                              {"resources", status.resources},
                              {"endpoint", output_of(status.stack, "WebSocketUrl")}};
  json["nodes"] = nlohmann::ordered_json::array();
  if (status.nodes)
    for (const auto& node : status.nodes->instances)
      json["nodes"].push_back({{"id", node.id},
                               {"type", node.type},
                               {"zone", node.zone},
                               {"lifecycle", node.lifecycle},
                               {"health", node.health}});
  json["alarms"] = nlohmann::ordered_json::array();
  for (const auto& alarm : status.alarms)
    json["alarms"].push_back({{"name", alarm.name}, {"state", alarm.state}, {"reason", alarm.reason}});
  return json;
}

std::string nodes_text(const Status& status, const Console& console) {
  if (!status.nodes) return "nodes     none in this stack\n";
  const auto& group = *status.nodes;
  const auto healthy = std::count_if(group.instances.begin(), group.instances.end(), [](const auto& node) {
    return node.lifecycle == "InService" && node.health == "Healthy";
  });
  std::string text =
      fmt::format("nodes     {} of {} healthy (min {}, max {})\n", healthy, group.desired, group.min, group.max);
  for (const auto& node : group.instances)
    text += fmt::format("          {}  {}  {}  {}  {}\n", node.id, node.type, node.zone, node.lifecycle,
                        console.style_out(node.health == "Healthy" ? "32" : "31", node.health));
  return text;
}

std::string alarms_text(const Status& status, const Console& console) {
  const auto ringing = std::count_if(status.alarms.begin(), status.alarms.end(),
                                     [](const auto& alarm) { return alarm.state == "ALARM"; });
  std::string text = fmt::format("alarms    {} of {} ringing\n", ringing, status.alarms.size());
  for (const auto& alarm : status.alarms)
    if (alarm.state == "ALARM")
      text += fmt::format("          {}  {}\n", console.style_out("1;31", alarm.name), strip_control(alarm.reason));
  return text;
}

std::string text_of(const Status& status, const StackTarget& target, const Console& console) {
  const bool good = stack::is_success(status.stack.status);
  const std::string& when = status.stack.updated.empty() ? status.stack.created : status.stack.updated;
  std::string text = fmt::format("stack     {} in {}  {}  since {}\n", status.stack.name, target.region,
                                 console.style_out(good ? "32" : "1;31", status.stack.status), when);
  if (!good && !status.stack.status_reason.empty())
    text += fmt::format("          {}\n", strip_control(status.stack.status_reason));
  text += fmt::format("          {} resources, termination protection {}\n", status.resources,
                      status.stack.termination_protection ? "on" : "off");
  const std::string endpoint = output_of(status.stack, "WebSocketUrl");
  text += fmt::format("endpoint  {}\n", endpoint.empty() ? "none in this stack" : endpoint);
  return text + nodes_text(status, console) + alarms_text(status, console);
}

int run_status(const StatusOptions& options, Context& context) {
  const StackTarget target = resolve_stack(options.stack, context);
  StackAccess access(target, context);
  const Status status = read_status(target, access, context);
  context.console.out(options.output == "json" ? json_of(status).dump(2) + "\n"
                                               : text_of(status, target, context.console));
  return 0;
}

}  // namespace

void add_status(CLI::App& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "Show the stack, its endpoint, its nodes and its alarms");
  add_stack_options(*command, options->stack);
  command->add_option("--output", options->output, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_status(*options, context); }; });
}

}  // namespace wsdeep::commands
