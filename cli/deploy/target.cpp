#include "deploy/target.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "base/display.h"
#include "base/error.h"
#include "base/text.h"
#include "commands/not_empty.h"
#include "stack/diagnostic.h"

namespace wsdeep::commands {
namespace {

/// The file is needed only when nothing else names the stack.
std::optional<stack::EnvironmentSettings> settings_of(const StackOptions& options, Context& context) {
  if (!options.stack.empty() && options.environment.empty() && !context.files.read(options.settings))
    return std::nullopt;
  std::vector<stack::Diagnostic> warnings;
  const stack::Settings settings = stack::load_settings(context.files, options.settings, warnings);
  context.console.err(stack::render(warnings));
  return stack::choose_environment(settings, options.environment);
}

stack::ChangeStyle style_of(bool coloured, bool terminal, const Console& console) {
  stack::ChangeStyle style;
  if (coloured) style = {"32", "33", "1;31", "2", 0};
  if (terminal) style.columns = static_cast<std::size_t>(console.columns());
  return style;
}

}  // namespace

void add_stack_options(CLI::App& command, StackOptions& options) {
  const std::string group = "Which stack";
  command.add_option("--settings", options.settings, "settings file")->envname("WSDEEP_SETTINGS")->group(group);
  command.add_option("-e,--environment", options.environment, "environment of the settings")
      ->envname("WSDEEP_ENVIRONMENT")
      ->check(not_empty)
      ->group(group);
  command.add_option("--stack", options.stack, "name of the stack, rather than the settings'")
      ->check(not_empty)
      ->group(group);
  command.add_option("--region", options.region, "AWS region, rather than the settings'")
      ->check(not_empty)
      ->group(group);
  command.add_option("--profile", options.profile, "profile of ~/.aws/config, rather than the settings'")->group(group);
}

bool StackTarget::is_production() const {
  const std::string environment = settings ? settings->name : name;
  return environment.starts_with("prod") || environment.ends_with("-prod") || environment.ends_with("-production");
}

StackTarget resolve_stack(const StackOptions& options, Context& context) {
  StackTarget target;
  target.settings = settings_of(options, context);
  const auto first = [](const std::string& a, const std::string& b) { return a.empty() ? b : a; };
  if (target.settings) {
    target.name = first(options.stack, target.settings->stack_name);
    target.region = first(options.region, target.settings->region);
    target.profile = first(options.profile, target.settings->profile);
    target.project = target.settings->project;
  } else {
    target.name = target.project = options.stack;
    target.profile = options.profile;
    target.region =
        first(options.region, aws::configured_region(context.env, context.files, options.profile).value_or(""));
  }
  if (target.region.empty())
    throw Error(ErrorKind::kUsage, "the region of the stack is not known", "pass --region or set AWS_REGION");
  return target;
}

aws::ClientOptions client_options(const StackTarget& target, const Context& context, const char* service_id,
                                  const char* endpoint_prefix, const std::stop_token& cancel) {
  aws::ClientOptions options;
  options.region = target.region;
  options.endpoint = aws::resolve_endpoint(context.env, service_id, endpoint_prefix, target.region);
  options.ca_file = context.env.get_or("AWS_CA_BUNDLE", "");
  options.timeout = std::chrono::seconds(30);
  options.retry.max_attempts = 6;
  options.cancel = cancel;
  return options;
}

StackAccess::StackAccess(const StackTarget& target, Context& context, const std::stop_token& cancel)
    : credentials(context.env, context.files, context.clock, target.profile, cancel),
      sts(http, client_options(target, context, "STS", "sts", cancel), credentials, context.clock),
      cloudformation(http, client_options(target, context, "CLOUDFORMATION", "cloudformation", cancel), credentials,
                     context.clock),
      s3(http, client_options(target, context, "S3", "s3", cancel), credentials, context.clock) {}

stack::ChangeStyle out_style(const Console& console) {
  return style_of(console.style_out("1", "x") != "x", console.stdout_is_terminal(), console);
}

stack::ChangeStyle err_style(const Console& console) {
  return style_of(console.style_err("1", "x") != "x", console.stderr_is_terminal(), console);
}

void say(const Console& console, const std::string& text) {
  constexpr std::size_t kIndent = 2;
  console.err(wrap(text, err_style(console).columns, kIndent) + "\n");
}

bool confirm(const Console& console, const std::string& question, bool yes) {
  if (yes) return true;
  const std::string answer = to_lower(trim(console.ask(question + " [y/N] ", "--yes")));
  return answer == "y" || answer == "yes";
}

Error missing_stack(const StackTarget& target, const std::string& hint) {
  return {ErrorKind::kNotFound, fmt::format("there is no stack '{}' in {}", target.name, target.region), hint};
}

aws::Stack require_stack(StackAccess& access, const StackTarget& target, const std::string& hint) {
  auto found = access.cloudformation.describe_stack(target.name);
  if (!found) throw missing_stack(target, hint);
  return *found;
}

}  // namespace wsdeep::commands
