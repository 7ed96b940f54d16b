#include "commands/command_table.h"

#include <CLI/CLI.hpp>

#include "base/text.h"

namespace wsdeep::commands {
namespace {

/// CLI11 keeps the members of a set only as text: `{text,json}` in the type name.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const std::size_t open = type.find('{'), close = type.find('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos) return choices;
  for (const std::string_view choice : split(std::string_view(type).substr(open + 1, close - open - 1), ','))
    choices.emplace_back(choice);
  return choices;
}

OptionInfo describe_option(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  info.label = option.get_positional() || info.names.empty() ? option.get_name(true) : "";
  info.text = option.get_description();
  info.fallback = option.get_default_str();
  info.variable = option.get_envname();
  info.choices = choices_of(option);
  info.takes_value = option.get_items_expected_max() > 0;
  info.required = option.get_required();
  return info;
}

}  // namespace

CommandInfo describe_command(const CLI::App& app, const std::string& parent) {
  CommandInfo info;
  info.name = app.get_name();
  info.path = parent.empty() ? info.name : parent + " " + info.name;
  info.text = app.get_description();
  info.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    OptionInfo described = describe_option(*option);
    (described.names.empty() ? info.positionals : info.options).push_back(std::move(described));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!sub->get_group().empty()) info.commands.push_back(describe_command(*sub, info.path));
  return info;
}

}  // namespace wsdeep::commands
