#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands/context.h"
#include "commands/stack_outputs.h"
#include "commands/stack_target.h"

namespace wsdeep::commands {
namespace {

struct OutputsOptions {
  StackOptions stack;
  std::string output = "text";
  std::string name;
  bool env = false;
};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}

/// `WebSocketUrl` → `WEB_SOCKET_URL`
std::string variable_name(const std::string& key) {
  std::string name;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    if (is_upper(c) && i > 0 && !is_upper(key[i - 1])) name += '_';
    name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

/// In single quotes nothing means anything to a shell but the quote itself.
std::string shell_quoted(const std::string& value) {
  std::string out = "'";
  for (const char c : value) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string as_text(const aws::Stack& stack) {
  std::size_t width = 0;
  for (const auto& output : stack.outputs) width = std::max(width, output.key.size());
  std::string text;
  for (const auto& output : stack.outputs) text += fmt::format("{:<{}}  {}\n", output.key, width, output.value);
  return text;
}

int run_outputs(const OutputsOptions& options, Context& context) {
  const StackTarget target = resolve_stack(options.stack, context);
  StackAccess access(target, context);
  const aws::Stack stack = require_stack(access, target);
  if (options.name.empty()) {
    context.console.out(render_outputs(stack, options.env ? "env" : options.output));
    return 0;
  }
  for (const auto& output : stack.outputs) {
    if (output.key != options.name) continue;
    context.console.out(output.value + "\n");
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& output : stack.outputs) names.push_back(output.key);
  throw Error(ErrorKind::kNotFound, fmt::format("'{}' has no output '{}'{}", stack.name, options.name,
                                                stack::did_you_mean(options.name, names)));
}

}  // namespace

std::string render_outputs(const aws::Stack& stack, const std::string& format) {
  if (format == "text") return as_text(stack);
  if (format == "json") {
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& output : stack.outputs) all[output.key] = output.value;
    return all.dump(2) + "\n";
  }
  std::string text;
  for (const auto& output : stack.outputs)
    text += fmt::format("export {}={}\n", variable_name(output.key), shell_quoted(output.value));
  return text;
}

void add_outputs(CLI::App& app, Context& context) {
  auto options = std::make_shared<OutputsOptions>();
  CLI::App* command = app.add_subcommand("outputs", "Print what the stack gives away: addresses, ids, names");
  command->add_option("name", options->name, "this output's value only");
  add_stack_options(*command, options->stack);
  auto* output =
      command->add_option("--output", options->output, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->add_flag("--env", options->env, "export lines for a shell")->excludes(output);
  command->footer("Example:\n  eval \"$(wsdeep outputs -e dev --env)\"");
  command->callback(
      [options, &context] { context.run = [options, &context] { return run_outputs(*options, context); }; });
}

}  // namespace wsdeep::commands
