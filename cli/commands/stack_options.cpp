#include "commands/stack_options.h"

#include <fmt/format.h>

#include "aws/profile_files.h"
#include "base/error.h"
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
  if (options.tells_warnings) context.console.err(stack::render(warnings));
  return stack::choose_environment(settings, options.environment);
}

constexpr const char* kWhichStack = "Which stack";

void add_place_options(const Command& command, StackOptions& options) {
  command.add_option("--stack", options.stack, "name of the stack, rather than the settings'")
      .check(not_empty)
      .group(kWhichStack);
  command.add_option("--region", options.region, "AWS region, rather than the settings'")
      .check(not_empty)
      .group(kWhichStack);
  command.add_option("--profile", options.profile, "profile of ~/.aws/config, rather than the settings'")
      .group(kWhichStack);
}

}  // namespace

void add_stack_options(const Command& command, StackOptions& options) {
  command.add_option("--settings", options.settings, "settings file").envname("WSDEEP_SETTINGS").group(kWhichStack);
  command.add_option("-e,--environment", options.environment, "environment of the settings")
      .envname("WSDEEP_ENVIRONMENT")
      .check(not_empty)
      .group(kWhichStack);
  add_place_options(command, options);
}

void add_stack_options(const Command& command, StackOptions& options, std::vector<std::string>& environments) {
  command.add_option("--settings", options.settings, "settings file").envname("WSDEEP_SETTINGS").group(kWhichStack);
  command.add_option("-e,--environment", environments, "environment of the settings, or again for several")
      .envname("WSDEEP_ENVIRONMENT")
      .repeats()
      .check(not_empty)
      .group(kWhichStack);
  add_place_options(command, options);
}

std::string profile_here(const std::string& profile, const Context& context) {
  const std::string keys = profile.empty() ? "" : aws::environment_source(context.env);
  if (keys.empty()) return profile;
  const std::string ci = context.env.get_or("CI", "");
  const bool in_ci = !ci.empty() && ci != "false" && ci != "0";
  if (!in_ci && aws::ProfileFiles::load(context.env, context.files).profile(profile) != nullptr) return profile;
  context.console.err(fmt::format("the credentials of {} are used, not the profile '{}' of the settings: {}\n", keys,
                                  profile, in_ci ? "CI is set" : "this machine has none of that name"));
  return {};
}

deploy::StackTarget resolve_stack(const StackOptions& options, Context& context) {
  deploy::StackTarget target;
  target.settings = settings_of(options, context);
  const auto first = [](const std::string& a, const std::string& b) { return a.empty() ? b : a; };
  if (target.settings) {
    target.name = first(options.stack, target.settings->stack_name);
    target.region = first(options.region, target.settings->region);
    target.profile = first(options.profile, profile_here(target.settings->profile, context));
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

}  // namespace wsdeep::commands
