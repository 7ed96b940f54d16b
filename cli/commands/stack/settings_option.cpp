#include "commands/stack/settings_option.h"

#include "commands/command.h"
#include "commands/not_empty.h"

namespace wsdeep::commands {
namespace {

stack::DiagnosticStyle style_of(bool coloured) {
  return coloured ? stack::DiagnosticStyle{"1", "31", "33", "32"} : stack::DiagnosticStyle{};
}

}  // namespace

void add_settings_options(const Command& command, SettingsOptions& options) {
  command.add_option("--settings", options.file, "settings file").envname("WSDEEP_SETTINGS");
  command.add_option("-e,--environment", options.environment, "environment of the settings")
      .envname("WSDEEP_ENVIRONMENT")
      .check(not_empty);
}

stack::EnvironmentSettings load_environment(const SettingsOptions& options, const Context& context) {
  std::vector<stack::Diagnostic> warnings;
  const stack::Settings settings = stack::load_settings(context.files, options.file, warnings);
  context.console.err(stack::render(warnings, diagnostic_style_err(context.console)));
  return stack::choose_environment(settings, options.environment);
}

stack::DiagnosticStyle diagnostic_style_out(const Console& console) {
  return style_of(console.style_out("1", "x") != "x");
}

stack::DiagnosticStyle diagnostic_style_err(const Console& console) {
  return style_of(console.style_err("1", "x") != "x");
}

}  // namespace wsdeep::commands
