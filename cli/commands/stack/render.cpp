#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/display.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/stack/part_options.h"
#include "commands/stack/settings_option.h"
#include "deploy/target.h"
#include "stack/template/compose.h"
#include "terminal/context.h"

namespace wsdeep::commands {
namespace {

struct RenderOptions {
  SettingsOptions settings;
  PartOptions part;
  std::string format = "yaml";
  std::string out;
  std::vector<std::string> modules;
  bool list_modules = false;
  std::string parameters_out;
  std::string parameters_format;
};

int run_render(const RenderOptions& options, Context& context);

}  // namespace

void add_render(const Command& app, Context& context) {
  auto options = std::make_shared<RenderOptions>();
  const Command command = app.add_subcommand("render", "Print the template of an environment");
  add_settings_options(command, options->settings);
  add_fleet_option(command, options->part, "that of the nodes, rather than of the service");
  command.add_option("--format", options->format, "yaml, with comments, or json")
      .one_of({"yaml", "json"})
      .shows_default();
  command.add_option("--out", options->out, "write to this file instead of stdout");
  const Option modules = command.add_option("--module", options->modules, "only these modules; may be repeated");
  command.add_flag("--list-modules", options->list_modules, "list the modules instead; * marks those in use")
      .excludes(modules);
  const Option parameters =
      command.add_option("--parameters-out", options->parameters_out, "also write the parameters to this file");
  command
      .add_option("--parameters-format", options->parameters_format,
                  "cloudformation, samconfig or yaml; by default what the file's extension says")
      .one_of({"cloudformation", "samconfig", "yaml"})
      .needs(parameters);
  command.footer(
      "An environment is two stacks, the service and, with --fleet, its nodes. The same settings give the same "
      "bytes.\n\n"
      "Examples:\n"
      "  wsdeep render -e dev --out template.yaml --parameters-out samconfig.toml\n"
      "  wsdeep render -e dev --list-modules");
  command.runs([options, &context] { return run_render(*options, context); });
}

namespace {

int list_modules(const stack::EnvironmentSettings& settings, stack::Part part, const Context& context);
void write_file(const std::string& path, const std::string& content, Context& context);
stack::ParameterFormat parameter_format(const RenderOptions& options);

int run_render(const RenderOptions& options, Context& context) {
  const stack::EnvironmentSettings settings = load_environment(options.settings, context);
  if (options.part.fleet && settings.llm.on_bedrock())
    throw deploy::no_fleet({settings.stack_name, settings.region, settings.profile, settings.project, settings});
  if (options.list_modules) return list_modules(settings, options.part.part(), context);
  const stack::ParameterFormat format = parameter_format(options);
  const stack::ComposedTemplate composed = stack::compose(settings, options.part.part(), options.modules);
  const std::string text = options.format == "json" ? stack::template_json(composed.text) : composed.text;
  if (options.out.empty())
    context.console.out(text);
  else
    write_file(options.out, text, context);
  if (options.parameters_out.empty()) return 0;
  write_file(options.parameters_out,
             stack::render_parameters(composed.parameters, format, settings, options.part.part()), context);
  if (!composed.to_fill.empty())
    context.console.err(fmt::format("left out {}: wsdeep deploy fills them in\n", join(composed.to_fill, ", ")));
  return 0;
}

int list_modules(const stack::EnvironmentSettings& settings, stack::Part part, const Context& context) {
  std::size_t width = 0;
  const std::vector<stack::ModuleSummary> modules = stack::list_modules(settings, part);
  for (const stack::ModuleSummary& module : modules) width = std::max(width, module.name.size());
  std::string text;
  for (const stack::ModuleSummary& module : modules)
    text += fmt::format("{} {:<{}}  {}\n", module.chosen ? '*' : ' ', module.name, width, module.summary);
  context.console.out(text);
  return 0;
}

void write_file(const std::string& path, const std::string& content, Context& context) {
  context.files.write(path, content);
  context.console.err(fmt::format("wrote {} ({})\n", path, human_bytes(content.size())));
}

/// Known before anything is written: a wrong one must not leave half of the output behind.
stack::ParameterFormat parameter_format(const RenderOptions& options) {
  if (options.parameters_out.empty()) return stack::ParameterFormat::kCloudFormation;
  return stack::parameter_format(options.parameters_format.empty() ? options.parameters_out
                                                                   : options.parameters_format);
}

}  // namespace

}  // namespace wsdeep::commands
