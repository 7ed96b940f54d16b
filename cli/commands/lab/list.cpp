#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/clock.h"
#include "base/printable.h"
#include "commands/command.h"
#include "commands/lab/commands.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct LabListOptions {
  LabTargetOptions lab;
  std::string output = "text";
};

int run_lab_list(const LabListOptions& options, Context& context);

}  // namespace

void add_lab_list(const Command& lab, Context& context) {
  auto options = std::make_shared<LabListOptions>();
  const Command command = lab.add_subcommand("list", "List your sessions");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_lab_target(command, options->lab);
  command.runs([options, &context] { return run_lab_list(*options, context); });
}

namespace {

std::string json_of(const std::vector<session::LabSession>& sessions);
std::string table_of(const std::vector<session::LabSession>& sessions);

int run_lab_list(const LabListOptions& options, Context& context) {
  const users::Target target = resolve_target(options.lab.target, context);
  const std::vector<session::LabSession> sessions = lab_api(options.lab, target, context).list();
  if (options.output == "json")
    context.console.out(json_of(sessions));
  else if (sessions.empty())
    context.console.err(fmt::format("no sessions; a new one: wsdeep lab new{}\n", context.target_flags));
  else
    context.console.out(table_of(sessions));
  return 0;
}

std::string json_of(const std::vector<session::LabSession>& sessions) {
  nlohmann::json list = nlohmann::json::array();
  for (const session::LabSession& one : sessions)
    list.push_back({{"sessionId", one.id},
                    {"state", printable(one.state)},
                    {"createdAt", one.created_ms},
                    {"lastUsedAt", one.used_ms},
                    {"cols", one.size.columns},
                    {"rows", one.size.rows}});
  return wire::indented_json(list) + "\n";
}

std::string time_or_dash(std::int64_t epoch_milliseconds) {
  return epoch_milliseconds == 0 ? "-" : iso8601(from_epoch_ms(epoch_milliseconds));
}

std::string table_of(const std::vector<session::LabSession>& sessions) {
  constexpr const char* kRow = "{:<38} {:<9} {:<9} {:<21} {}\n";
  std::string text = fmt::format(fmt::runtime(kRow), "SESSION", "STATE", "SIZE", "CREATED", "LAST USED");
  for (const session::LabSession& one : sessions)
    text += fmt::format(fmt::runtime(kRow), printable(one.id), one.state.empty() ? "-" : printable(one.state),
                        fmt::format("{}x{}", one.size.columns, one.size.rows), time_or_dash(one.created_ms),
                        time_or_dash(one.used_ms));
  return text;
}

}  // namespace

}  // namespace wsdeep::commands
