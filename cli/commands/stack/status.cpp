#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "aws/autoscaling.h"
#include "aws/cloudwatch.h"
#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/stack_options.h"
#include "deploy/follow.h"
#include "deploy/readiness.h"
#include "deploy/resources.h"
#include "deploy/stack_state.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"
#include "terminal/interrupts.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

constexpr std::size_t kAlarmsACall = 100;

struct StatusOptions {
  StackOptions stack;
  std::string output = "text";
  bool events = false;
};

struct Status {
  aws::Stack stack;
  std::vector<aws::StackResource> resources;  ///< those of nested stacks, too
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

Status read_status(const deploy::StackTarget& target, deploy::StackAccess& access, Context& context) {
  Status status;
  status.stack = deploy::require_stack(access, target);
  status.resources = deploy::all_resources(access.cloudformation, target.name);
  aws::CloudWatch cloudwatch(access.http, deploy::client_options(target, context, "CLOUDWATCH", "monitoring"),
                             access.credentials, context.clock);
  status.alarms = alarms_of(status.resources, cloudwatch);
  const std::string group = output_of(status.stack, "NodeGroupName");
  if (group.empty()) return status;
  aws::AutoScaling autoscaling(access.http, deploy::client_options(target, context, "AUTO_SCALING", "autoscaling"),
                               access.credentials, context.clock);
  status.nodes = autoscaling.describe_group(group);
  return status;
}

/// How many resources a nested stack holds, those of the stacks in it included.
std::size_t resources_in(const aws::StackResource& nested, const Status& status) {
  const std::string prefix = nested.logical_id + "/";
  return static_cast<std::size_t>(std::count_if(status.resources.begin(), status.resources.end(),
                                                [&](const auto& one) { return one.logical_id.starts_with(prefix); }));
}

nlohmann::ordered_json json_of(const Status& status) {
  nlohmann::ordered_json json{{"stack", status.stack.name},
                              {"status", status.stack.status},
                              {"updated", status.stack.updated.empty() ? status.stack.created : status.stack.updated},
                              {"terminationProtection", status.stack.termination_protection},
                              {"resources", status.resources.size()},
                              {"endpoint", output_of(status.stack, "WebSocketUrl")}};
  json["nested"] = nlohmann::ordered_json::array();
  for (const auto& one : status.resources)
    if (deploy::is_nested_stack(one))
      json["nested"].push_back({{"name", one.logical_id},
                                {"status", one.status},
                                {"reason", one.reason},
                                {"resources", resources_in(one, status)}});
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

/// A line that goes on below its own text where the screen is too narrow for it.
std::string indented(const std::string& text, const Console& console) {
  constexpr std::size_t kIndent = 10;
  return wrap(std::string(kIndent, ' ') + text, deploy::out_style(console).columns, kIndent) + "\n";
}

std::string nested_text(const Status& status, const Console& console) {
  std::string text;
  for (const auto& one : status.resources) {
    if (!deploy::is_nested_stack(one)) continue;
    const bool good = deploy::is_success(one.status);
    text += fmt::format("{:<10}{}  {}  {} resources\n", text.empty() ? "nested" : "", one.logical_id,
                        console.style_out(good ? "32" : "1;31", one.status), resources_in(one, status));
    if (!good && !one.reason.empty()) text += indented(strip_control(one.reason), console);
  }
  return text;
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
      text +=
          indented(fmt::format("{}  {}", console.style_out("1;31", alarm.name), strip_control(alarm.reason)), console);
  return text;
}

std::string text_of(const Status& status, const deploy::StackTarget& target, const Console& console) {
  const bool good = deploy::is_success(status.stack.status);
  const std::string& time = status.stack.updated.empty() ? status.stack.created : status.stack.updated;
  const std::string when = time.substr(0, time.find('.')) + (time.find('.') != std::string::npos ? "Z" : "");
  std::string text = fmt::format("stack     {} in {}  {}\n", status.stack.name, target.region,
                                 console.style_out(good ? "32" : "1;31", status.stack.status));
  if (!good && !status.stack.status_reason.empty())
    text += indented(strip_control(status.stack.status_reason), console);
  text += indented(fmt::format("{} resources, changed {}, termination protection {}", status.resources.size(), when,
                               status.stack.termination_protection ? "on" : "off"),
                   console);
  const std::string endpoint = output_of(status.stack, "WebSocketUrl");
  text += nested_text(status, console);
  text += fmt::format("endpoint  {}\n", endpoint.empty() ? "none in this stack" : endpoint);
  return text + nodes_text(status, console) + alarms_text(status, console);
}

/// What was done last, when, and for how long; and why it failed, if it did.
void show_events(const Status& status, deploy::StackAccess& access, const Interrupts& interrupts, Context& context) {
  const deploy::Progress done =
      deploy::last_operation(access.cloudformation, {status.stack.id, status.stack.name, "", {}}, interrupts, context);
  context.console.out(fmt::format("last operation\n{}", done.chart(deploy::out_style(context.console))));
  deploy::explain_failure({done.status(), done.events(), done.duration()}, {}, access.cloudformation, context.console);
}

int run_status(const StatusOptions& options, Context& context) {
  const deploy::StackTarget target = resolve_stack(options.stack, context);
  const Interrupts interrupts;
  deploy::StackAccess access(target, context, interrupts.token());
  return unless_interrupted(interrupts, "", [&] {
    const Status status = read_status(target, access, context);
    context.console.out(options.output == "json" ? wire::indented_json(json_of(status)) + "\n"
                                                 : text_of(status, target, context.console));
    if (options.events) show_events(status, access, interrupts, context);
    return 0;
  });
}

}  // namespace

void add_status(const Command& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  const Command command = app.add_subcommand("status", "Show the stack, its endpoint, its nodes and its alarms");
  add_stack_options(command, options->stack);
  const Option output = command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.add_flag("--events", options->events, "also a chart of the last operation, and why it failed")
      .excludes(output);
  command.runs([options, &context] { return run_status(*options, context); });
}

}  // namespace wsdeep::commands
