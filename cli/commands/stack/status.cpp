#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/fleet_json.h"
#include "commands/stack_options.h"
#include "deploy/explain_failure.h"
#include "deploy/fleet_move.h"
#include "deploy/resources.h"
#include "deploy/stack_state.h"
#include "deploy/stack_status.h"
#include "deploy/target.h"
#include "fleet/faults.h"
#include "fleet/status_text.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct StatusOptions {
  StackOptions stack;
  std::string output = "text";
  bool events = false;
};

int run_status(const StatusOptions& options, Context& context);

}  // namespace

void add_status(const Command& app, Context& context) {
  auto options = std::make_shared<StatusOptions>();
  const Command command = app.add_subcommand("status", "Show the stacks, their endpoint, nodes and alarms");
  add_stack_options(command, options->stack);
  const Option output = command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.add_flag("--events", options->events, "also a chart of the last operation, and why it failed")
      .excludes(output);
  command.runs([options, &context] { return run_status(*options, context); });
}

namespace {

/// The stack's nodes, and who of them serves.
struct NodesLook {
  std::optional<fleet::Snapshot> fleet;  ///< nothing: there is none, or it cannot be looked at
  std::string fault;                     ///< why not; empty: there is none
};

NodesLook look_at_nodes(const deploy::StackStatus& status, deploy::StackSession& session);
nlohmann::ordered_json json_of(const deploy::StackStatus& status, const NodesLook& nodes);
std::string text_of(const deploy::StackStatus& status, const NodesLook& nodes, const deploy::StackTarget& target,
                    const Console& console);
void show_events(const aws::Stack& stack, deploy::StackSession& session);

int run_status(const StatusOptions& options, Context& context) {
  deploy::StackSession session(resolve_stack(options.stack, context), context);
  return unless_interrupted(session.interrupts, "", [&] {
    const deploy::StackStatus status = deploy::read_status(session);
    const NodesLook nodes = look_at_nodes(status, session);
    context.console.out(options.output == "json" ? wire::indented_json(json_of(status, nodes)) + "\n"
                                                 : text_of(status, nodes, session.target, context.console));
    if (!options.events) return 0;
    show_events(status.stack, session);
    if (status.fleet) {
      deploy::StackSession fleet = session.of(stack::Part::kFleet);
      show_events(*status.fleet, fleet);
    }
    return 0;
  });
}

/// What is wrong with the nodes, or with the right to see them, hides nothing of the stack.
NodesLook look_at_nodes(const deploy::StackStatus& status, deploy::StackSession& session) {
  NodesLook look;
  if (!deploy::holds_nodes(status.fleet.value_or(status.stack))) return look;
  try {
    // An earlier wsdeep had the nodes in the stack of the service.
    deploy::StackSession of_nodes = session.of(status.fleet ? stack::Part::kFleet : stack::Part::kService);
    fleet::Fleet fleet(of_nodes);
    look.fleet = fleet::SnapshotReader(fleet).read();
  } catch (const Error& error) {
    if (session.interrupts.requested()) throw;
    look.fault = fleet::short_cause(error);
  }
  return look;
}

/// The group, and its nodes in a list of their own, as ever.
void add_nodes(nlohmann::ordered_json& json, const NodesLook& nodes) {
  json["nodes"] = nlohmann::ordered_json::array();
  json["group"] = nullptr;
  json["nodesFault"] = nodes.fault.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(nodes.fault);
  if (!nodes.fleet) return;
  json["group"] = main_group_json(*nodes.fleet);
  std::swap(json["nodes"], json["group"]["nodes"]);
  json["group"].erase("nodes");
}

nlohmann::ordered_json json_of(const aws::Stack& stack, std::size_t resources) {
  return {{"stack", stack.name},
          {"status", stack.status},
          {"updated", stack.updated.empty() ? stack.created : stack.updated},
          {"terminationProtection", stack.termination_protection},
          {"resources", resources}};
}

nlohmann::ordered_json json_of(const deploy::StackStatus& status, const NodesLook& nodes) {
  nlohmann::ordered_json json = json_of(status.stack, status.resources.size());
  json["endpoint"] = deploy::output_of(status.stack, "WebSocketUrl");
  if (const std::string page = deploy::output_of(status.stack, "WebUrl"); !page.empty()) json["page"] = page;
  json["fleet"] =
      status.fleet ? json_of(*status.fleet, status.fleet_resources.size()) : nlohmann::ordered_json(nullptr);
  json["nested"] = nlohmann::ordered_json::array();
  for (const auto& one : status.resources)
    if (deploy::is_nested_stack(one))
      json["nested"].push_back({{"name", one.logical_id},
                                {"status", one.status},
                                {"reason", one.reason},
                                {"resources", deploy::resources_in(one, status)}});
  add_nodes(json, nodes);
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

std::string nested_text(const deploy::StackStatus& status, const Console& console) {
  std::string text;
  for (const auto& one : status.resources) {
    if (!deploy::is_nested_stack(one)) continue;
    const bool good = deploy::is_success(one.status);
    text += fmt::format("{:<10}{}  {}  {} resources\n", text.empty() ? "nested" : "", one.logical_id,
                        console.style_out(good ? "32" : "1;31", one.status), deploy::resources_in(one, status));
    if (!good && !one.reason.empty()) text += indented(strip_control(one.reason), console);
  }
  return text;
}

std::string nodes_text(const NodesLook& nodes, const Console& console) {
  if (nodes.fleet) return join(fleet::status_lines(*nodes.fleet, deploy::out_style(console), "nodes"), "\n") + "\n";
  if (nodes.fault.empty()) return "nodes     none in this stack\n";
  return wrap(fmt::format("nodes     cannot be looked at: {}", nodes.fault), deploy::out_style(console).columns, 10) +
         "\n";
}

std::string alarms_text(const deploy::StackStatus& status, const Console& console) {
  const auto ringing = std::count_if(status.alarms.begin(), status.alarms.end(),
                                     [](const auto& alarm) { return alarm.state == "ALARM"; });
  std::string text = fmt::format("alarms    {} of {} ringing\n", ringing, status.alarms.size());
  for (const auto& alarm : status.alarms)
    if (alarm.state == "ALARM")
      text +=
          indented(fmt::format("{}  {}", console.style_out("1;31", alarm.name), strip_control(alarm.reason)), console);
  return text;
}

std::string stack_text(const aws::Stack& stack, std::size_t resources, const Console& console) {
  const bool good = deploy::is_success(stack.status);
  const std::string& time = stack.updated.empty() ? stack.created : stack.updated;
  const std::string when = time.substr(0, time.find('.')) + (time.find('.') != std::string::npos ? "Z" : "");
  std::string text = fmt::format("  {}\n", console.style_out(good ? "32" : "1;31", stack.status));
  if (!good && !stack.status_reason.empty()) text += indented(strip_control(stack.status_reason), console);
  return text + indented(fmt::format("{} resources, changed {}, termination protection {}", resources, when,
                                     stack.termination_protection ? "on" : "off"),
                         console);
}

std::string fleet_text(const deploy::StackStatus& status, const deploy::StackTarget& target, const Console& console) {
  if (status.fleet)
    return "fleet     " + status.fleet->name + stack_text(*status.fleet, status.fleet_resources.size(), console);
  if (deploy::holds_nodes(status.stack))
    return fmt::format("fleet     in {}, as an earlier wsdeep made it\n", status.stack.name);
  if (target.settings && target.settings->llm.on_bedrock())
    return fmt::format("fleet     none: {} answers\n", deploy::who_answers(target.settings->llm));
  return fmt::format("fleet     none; {}\n", deploy::deploy_it(target.of(stack::Part::kFleet)));
}

std::string text_of(const deploy::StackStatus& status, const NodesLook& nodes, const deploy::StackTarget& target,
                    const Console& console) {
  std::string text = fmt::format("stack     {} in {}", status.stack.name, target.region) +
                     stack_text(status.stack, status.resources.size(), console);
  const std::string endpoint = deploy::output_of(status.stack, "WebSocketUrl");
  text += nested_text(status, console);
  text += fleet_text(status, target, console);
  text += fmt::format("endpoint  {}\n", endpoint.empty() ? "none in this stack" : endpoint);
  if (const std::string page = deploy::output_of(status.stack, "WebUrl"); !page.empty())
    text += fmt::format("page      {}\n", page);
  return text + nodes_text(nodes, console) + alarms_text(status, console);
}

/// What was done last, when, and for how long; and why it failed, if it did.
void show_events(const aws::Stack& stack, deploy::StackSession& session) {
  const Console& console = session.context.console;
  const deploy::Progress done = deploy::last_operation(session, {stack.id, stack.name, "", {}});
  console.out(fmt::format("last operation of {}\n{}", stack.name, done.chart(deploy::out_style(console))));
  deploy::explain_failure(session, {done.status(), done.events(), done.duration()});
}

}  // namespace

}  // namespace wsdeep::commands
