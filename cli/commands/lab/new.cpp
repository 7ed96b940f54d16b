#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "commands/command.h"
#include "commands/lab/commands.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct LabNewOptions {
  LabTargetOptions lab;
  std::string image;
  std::string output = "text";
};

int run_lab_new(const LabNewOptions& options, Context& context);

}  // namespace

void add_lab_new(const Command& lab, Context& context) {
  auto options = std::make_shared<LabNewOptions>();
  const Command command = lab.add_subcommand("new", "Make a session, and print its id");
  command.add_option("--image", options->image, "what the session starts with, where the server has more than one");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_lab_target(command, options->lab);
  command.footer("Example:\n  wsdeep lab connect $(wsdeep lab new)");
  command.runs([options, &context] { return run_lab_new(*options, context); });
}

namespace {

int run_lab_new(const LabNewOptions& options, Context& context) {
  const users::Target target = resolve_target(options.lab.target, context);
  session::LabSize size;
  if (context.console.stderr_is_terminal()) {
    const ScreenSize screen = context.console.size();
    size = {static_cast<int>(screen.columns), static_cast<int>(screen.rows)};
  }
  const std::string id = lab_api(options.lab, target, context).create(size, options.image);
  context.console.out(options.output == "json" ? wire::indented_json(nlohmann::json{{"sessionId", id}}) + "\n"
                                               : id + "\n");
  if (options.output == "text" && context.console.stdout_is_terminal())
    context.console.err(fmt::format("connect to it with: wsdeep lab connect {}{}\n", id, context.target_flags));
  return 0;
}

}  // namespace

}  // namespace wsdeep::commands
