#include "stack/checks/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "commands/commands.h"
#include "commands/stack/settings_option.h"
#include "commands/stack_options.h"
#include "deploy/cfn_lint.h"
#include "deploy/remote_check.h"
#include "preflight/preflight.h"
#include "preflight/report.h"
#include "stack/settings/initial_settings.h"
#include "stack/template/compose.h"
#include "terminal/context.h"
#include "terminal/interrupts.h"

namespace wsdeep::commands {
namespace {

struct ValidateCommandOptions {
  SettingsOptions settings;
  std::string template_file;
  bool no_lint = false;
  bool remote = false;
  std::string output = "text";
};

int run_validate(const ValidateCommandOptions& options, Context& context);

}  // namespace

void add_validate(const Command& app, Context& context) {
  auto options = std::make_shared<ValidateCommandOptions>();
  const Command command = app.add_subcommand("validate", "Check the settings and their templates, or one template");
  command.add_option("template", options->template_file, "a template to check instead of the settings");
  add_settings_options(command, options->settings);
  command.add_flag("--no-lint", options->no_lint, "do not run cfn-lint, which takes seconds");
  command.add_flag("--remote", options->remote, "then ask CloudFormation, and all that preflight asks");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  command.footer(
      "Checks every environment when none is named: the settings, functions, references, attributes, conditions,\n"
      "circular dependencies, parameters, schedules and quotas of both rendered templates, then what cfn-lint finds,\n"
      "if installed. Findings go to stdout; the exit code is 1 when one is an error.\n\n"
      "A template together with an environment (-e) is checked as `deploy --template` would deploy it: the settings\n"
      "are checked, too, and --remote asks in the region and with the profile of that environment. The values of\n"
      "the template's parameters are not in the settings, and are not checked.\n\n"
      "Examples:\n  wsdeep validate\n  wsdeep validate template.yaml --no-lint\n"
      "  wsdeep validate template.yaml -e dev --remote");
  command.runs([options, &context] { return run_validate(*options, context); });
}

namespace {

using stack::Diagnostic;
using stack::Severity;

/// What was checked, and what was found.
struct Findings {
  std::vector<Diagnostic> diagnostics;
  std::vector<deploy::LintedText> templates;
  std::vector<deploy::StackTarget> targets;  ///< where each of the templates would go
  std::string subject;                       ///< for the last line: "template.yaml", "3 environments of wsdeep.yaml"

  void add(std::vector<Diagnostic> more) {
    for (Diagnostic& one : more) diagnostics.push_back(std::move(one));
  }
};

Findings check_template(const ValidateCommandOptions& given, const Context& context);
Findings check_settings(const SettingsOptions& options, const Context& context);
void lint(Findings& findings, const Interrupts& interrupts, const Context& context);
void ask_service(Findings& findings, const Interrupts& interrupts, Context& context);
std::string as_json(const std::vector<Diagnostic>& diagnostics);
std::string summary(const Findings& findings);

int run_validate(const ValidateCommandOptions& options, Context& context) {
  Findings findings =
      options.template_file.empty() ? check_settings(options.settings, context) : check_template(options, context);
  const Interrupts interrupts;
  unless_interrupted(interrupts, "", [&] {
    if (!options.no_lint) lint(findings, interrupts, context);
    if (options.remote) ask_service(findings, interrupts, context);
  });
  context.console.out(options.output == "json"
                          ? as_json(findings.diagnostics)
                          : stack::render(findings.diagnostics, diagnostic_style_out(context.console)));
  context.console.err(summary(findings));
  return stack::has_errors(findings.diagnostics) ? exit_code(ErrorKind::kFailure) : 0;
}

constexpr std::size_t kMaxText = 8 << 20;

std::string read_required(const Context& context, const std::string& path, const char* what, const char* hint) {
  auto text = context.files.read(path, kMaxText);
  if (!text) throw Error(ErrorKind::kNotFound, fmt::format("no {} {}", what, path), hint);
  return *text;
}

deploy::StackTarget target_of(const stack::EnvironmentSettings& environment, stack::Part part) {
  return {
      environment.stack_name_of(part), environment.region, environment.profile, environment.project, environment, part};
}

/// Where the template would go: to the stack of the environment, when one is named.
deploy::StackTarget place_of_template(const SettingsOptions& options, const Context& context, Findings& findings) {
  deploy::StackTarget target;
  target.region = aws::configured_region(context.env, context.files).value_or("");
  if (options.environment.empty()) return target;
  const std::string text =
      read_required(context, options.file, "settings file",
                    "-e (or WSDEEP_ENVIRONMENT) names one of its environments; a template alone needs none");
  stack::ParsedSettings parsed = stack::parse_settings(text, options.file);
  const bool wrong = stack::has_errors(parsed.diagnostics);
  findings.add(std::move(parsed.diagnostics));
  if (wrong) return target;
  findings.subject += fmt::format(" for environment '{}'", options.environment);
  return target_of(stack::choose_environment(parsed.settings, options.environment), stack::Part::kService);
}

Findings check_template(const ValidateCommandOptions& given, const Context& context) {
  Findings findings;
  const std::string& file = given.template_file;
  findings.subject = file;
  const std::string text = read_required(context, file, "template", "");
  deploy::StackTarget target = place_of_template(given.settings, context, findings);
  stack::ValidateOptions options;
  options.file = file;
  findings.add(stack::validate_template(text, options));
  findings.templates.push_back({file, text});
  findings.targets.push_back(std::move(target));
  return findings;
}

void check_part(const stack::EnvironmentSettings& environment, stack::Part part, Findings& findings) {
  const stack::ComposedTemplate composed = stack::compose(environment, part);
  stack::ValidateOptions options;
  options.file = fmt::format("{}{} (rendered)", environment.name, part == stack::Part::kFleet ? " --fleet" : "");
  options.parameters = composed.parameters;
  std::vector<Diagnostic> found = stack::validate_template(composed.text, options);
  // Notes are about what `deploy` takes care of, such as a template that has to go through S3.
  std::erase_if(found, [](const Diagnostic& one) { return one.severity == Severity::kNote; });
  findings.add(std::move(found));
  findings.templates.push_back({options.file, composed.text});
  findings.targets.push_back(target_of(environment, part));
}

void check_environment(const stack::EnvironmentSettings& environment, const std::string& file, Findings& findings) {
  for (const std::string& path : stack::unfilled(environment))
    findings.diagnostics.push_back(
        {Severity::kWarning,
         file,
         {},
         fmt::format("{} of environment '{}' still holds a placeholder", path, environment.name),
         "nothing can be deployed before it is filled in",
         ""});
  check_part(environment, stack::Part::kService, findings);
  if (!environment.llm.on_bedrock()) check_part(environment, stack::Part::kFleet, findings);
}

Findings check_settings(const SettingsOptions& options, const Context& context) {
  Findings findings;
  const std::string text = read_required(context, options.file, "settings file", "write one with: wsdeep init");
  stack::ParsedSettings parsed = stack::parse_settings(text, options.file);
  findings.subject = options.file;
  findings.diagnostics = std::move(parsed.diagnostics);
  if (stack::has_errors(findings.diagnostics)) return findings;
  if (!options.environment.empty()) {
    check_environment(stack::choose_environment(parsed.settings, options.environment), options.file, findings);
    findings.subject = fmt::format("environment '{}' of {}", options.environment, options.file);
    return findings;
  }
  for (const stack::EnvironmentSettings& environment : parsed.settings.environments)
    check_environment(environment, options.file, findings);
  const std::size_t count = parsed.settings.environments.size();
  findings.subject = fmt::format("{} environment{} of {}", count, count == 1 ? "" : "s", options.file);
  return findings;
}

/// cfn-lint knows every property of every resource type; it gets what our own checks let pass.
void lint(Findings& findings, const Interrupts& interrupts, const Context& context) {
  if (findings.templates.empty() || stack::has_errors(findings.diagnostics)) return;
  auto found = deploy::run_cfn_lint(findings.templates, context, interrupts.token());
  if (found)
    findings.add(std::move(*found));
  else
    context.console.err("cfn-lint is not installed: its checks were left out (pip install cfn-lint)\n");
}

/// What `wsdeep preflight` finds wrong, once for the two stacks of an environment.
void look_around(Findings& findings, const Interrupts& interrupts, Context& context) {
  for (const deploy::StackTarget& target : findings.targets) {
    if (!target.settings || target.part != stack::Part::kService) continue;
    deploy::StackAccess access(target, context, interrupts.token());
    for (const preflight::Finding& one : preflight::inspect({target, context, access, interrupts.token()})) {
      if (one.severity != preflight::Severity::kError && one.severity != preflight::Severity::kWarning) continue;
      const Severity severity = one.severity == preflight::Severity::kError ? Severity::kError : Severity::kWarning;
      findings.diagnostics.push_back(
          {severity,
           fmt::format("{} (preflight)", target.settings->name),
           {},
           fmt::format("{}: {}{}{}", one.check, one.what, one.why.empty() ? "" : ": ", one.why),
           one.fix,
           ""});
    }
  }
}

/// The service's word comes last: it is asked only about what has no error that was found here.
void ask_service(Findings& findings, const Interrupts& interrupts, Context& context) {
  if (stack::has_errors(findings.diagnostics)) return;
  for (deploy::StackTarget& target : findings.targets) target.profile = profile_here(target.profile, context);
  look_around(findings, interrupts, context);
  for (std::size_t i = 0; i < findings.templates.size(); ++i) {
    if (findings.targets[i].region.empty())
      throw Error(ErrorKind::kUsage, "the region to ask is not known", "set AWS_REGION");
    deploy::StackAccess access(findings.targets[i], context, interrupts.token());
    const auto found =
        deploy::check_remotely(findings.templates[i].name, findings.templates[i].text, findings.targets[i], access);
    if (found) findings.diagnostics.push_back(*found);
  }
}

const char* severity_name(Severity severity) {
  if (severity == Severity::kError) return "error";
  return severity == Severity::kWarning ? "warning" : "note";
}

std::string as_json(const std::vector<Diagnostic>& diagnostics) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Diagnostic& one : diagnostics)
    list.push_back({{"file", one.file},
                    {"line", one.at.line},
                    {"column", one.at.column},
                    {"severity", severity_name(one.severity)},
                    {"message", one.message},
                    {"hint", one.hint}});
  return list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string summary(const Findings& findings) {
  const auto count = [&](Severity severity) {
    return static_cast<std::size_t>(std::count_if(findings.diagnostics.begin(), findings.diagnostics.end(),
                                                  [&](const Diagnostic& one) { return one.severity == severity; }));
  };
  return fmt::format("{}: {}, {}\n", findings.subject, preflight::counted(count(Severity::kError), "error"),
                     preflight::counted(count(Severity::kWarning), "warning"));
}

}  // namespace

}  // namespace wsdeep::commands
