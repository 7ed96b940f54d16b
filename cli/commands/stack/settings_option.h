#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "stack/diagnostic.h"
#include "stack/settings/settings.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Which environment of which settings file an offline command works on.
struct SettingsOptions {
  std::string file = "wsdeep.yaml";
  std::string environment;
};

/// Adds `--settings` and `-e,--environment`.
void add_settings_options(const Command& command, SettingsOptions& options);

/// The environment that the options name. Warnings go to stderr. Throws as load_settings and choose_environment do.
stack::EnvironmentSettings load_environment(const SettingsOptions& options, const Context& context);

/// Colours for diagnostics on stdout or stderr, where it has them.
stack::DiagnosticStyle diagnostic_style_out(const Console& console);
stack::DiagnosticStyle diagnostic_style_err(const Console& console);

}  // namespace wsdeep::commands
