#include "commands/stack/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/stack/part_options.h"
#include "commands/stack_options.h"
#include "terminal/context.h"
#include "terminal/dialogue.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct OutputsOptions {
  StackOptions stack;
  PartOptions part;
  std::string output = "text";
  std::string name;
  bool env = false;
};

int run_outputs(const OutputsOptions& options, Context& context);

}  // namespace

void add_outputs(const Command& app, Context& context) {
  auto options = std::make_shared<OutputsOptions>();
  const Command command = app.add_subcommand("outputs", "Print what the stacks give away: addresses, ids, names");
  command.add_option("name", options->name, "this output's value only");
  add_stack_options(command, options->stack);
  add_part_options(command, options->part);
  const Option output = command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.add_flag("--env", options->env, "export lines for a shell").excludes(output);
  command.footer("Example:\n  eval \"$(wsdeep outputs -e dev --env)\"");
  command.runs([options, &context] { return run_outputs(*options, context); });
}

namespace {

using Outputs = std::vector<aws::StackOutput>;

std::string as_exports(const Outputs& outputs, const Console& console);

/// Of the service's stack, and of the nodes' where there is one; or of the nodes' alone.
Outputs read_outputs(const PartOptions& part, deploy::StackAccess& access, const deploy::StackTarget& service) {
  const deploy::StackTarget nodes = service.of(stack::Part::kFleet);
  if (part.fleet) return deploy::require_stack(access, nodes).outputs;
  Outputs outputs = deploy::require_stack(access, service).outputs;
  if (part.service) return outputs;
  if (const auto fleet = access.cloudformation.describe_stack(nodes.name))
    outputs.insert(outputs.end(), fleet->outputs.begin(), fleet->outputs.end());
  return outputs;
}

int run_outputs(const OutputsOptions& options, Context& context) {
  const deploy::StackTarget target = resolve_stack(options.stack, context);
  deploy::StackAccess access(target, context);
  const Outputs outputs = read_outputs(options.part, access, target);
  if (options.name.empty()) {
    context.console.out(options.env ? as_exports(outputs, context.console) : render_outputs(outputs, options.output));
    return 0;
  }
  for (const auto& output : outputs) {
    if (output.key != options.name) continue;
    context.console.out(output.value + "\n");
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output.key);
  throw Error(ErrorKind::kNotFound, fmt::format("'{}' has no output '{}'{}", target.name, options.name,
                                                stack::did_you_mean(options.name, names)));
}

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

/// A name that a shell takes, and that means nothing to it, to the loader, or to what it starts.
bool is_free_name(const std::string& name) {
  static constexpr std::string_view kReserved[] = {
      "CDPATH", "EDITOR",         "ENV",    "EUID",   "FPATH",  "GLOBIGNORE", "HOME",  "HOSTNAME",
      "IFS",    "LANG",           "LINENO", "OLDPWD", "OPTARG", "OPTIND",     "PAGER", "PATH",
      "PPID",   "PROMPT_COMMAND", "PS",     "PWD",    "RANDOM", "SECONDS",    "SHELL", "SHELLOPTS",
      "SHLVL",  "TERM",           "TMPDIR", "TZ",     "UID",    "USER",       "VISUAL"};
  static constexpr std::string_view kReservedPrefixes[] = {"BASH",  "DYLD_", "LC_",    "LD_",
                                                           "NODE_", "PERL",  "PYTHON", "ZSH"};
  const bool spelt =
      !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
      std::all_of(name.begin(), name.end(), [](char c) { return is_upper(c) || (c >= '0' && c <= '9') || c == '_'; });
  const bool prompt = name.size() == 3 && name.starts_with("PS") && name[2] >= '0' && name[2] <= '9';
  return spelt && !prompt && std::find(std::begin(kReserved), std::end(kReserved), name) == std::end(kReserved) &&
         std::none_of(std::begin(kReservedPrefixes), std::end(kReservedPrefixes),
                      [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// `export WEB_SOCKET_URL='…'` lines that a shell can evaluate; what it must not is left out, with a word on stderr.
std::string as_exports(const Outputs& outputs, const Console& console) {
  std::string text;
  for (const auto& output : outputs) {
    const std::string name = variable_name(output.key);
    if (is_free_name(name))
      text += fmt::format("export {}={}\n", name, shell_quoted(output.value));
    else
      say(console, fmt::format("warning: the output '{0}' is left out: {1} is no name, or one that a shell or what it "
                               "starts goes by; read it with wsdeep outputs {0}",
                               strip_control(output.key), strip_control(name)));
  }
  return text;
}

std::string as_text(const Outputs& outputs) {
  std::size_t width = 0;
  for (const auto& output : outputs) width = std::max(width, output.key.size());
  std::string text;
  for (const auto& output : outputs) text += fmt::format("{:<{}}  {}\n", output.key, width, output.value);
  return text;
}

}  // namespace

std::string render_outputs(const std::vector<aws::StackOutput>& outputs, const std::string& format) {
  if (format == "text") return as_text(outputs);
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (const auto& output : outputs) all[output.key] = output.value;
  return wire::indented_json(all) + "\n";
}

}  // namespace wsdeep::commands
