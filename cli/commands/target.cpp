#include "commands/target.h"

#include <fmt/format.h>

#include "aws/call_settings.h"
#include "aws/client.h"
#include "aws/credential_chain.h"
#include "base/error.h"
#include "commands/command.h"
#include "commands/not_empty.h"
#include "commands/stack_options.h"
#include "local/server_info.h"

namespace wsdeep::commands {
namespace {

std::filesystem::path local_folder(const TargetOptions& options, const Context& context) {
  return options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
}

users::Target local_target(const TargetOptions& options, const Context& context) {
  const auto info = local::running_system(context.files, local_folder(options, context));
  if (!info)
    throw Error(ErrorKind::kFailure, "no local system is running, and neither --environment nor --url names another",
                "start it with: wsdeep local up --detach");
  users::Target target;
  target.local = true;
  target.url = info->url;
  target.region = info->region;
  target.user_pool_id = info->user_pool_id;
  target.client_id = info->client_id;
  target.endpoint = info->endpoint;
  target.hosted_ui_url = info->endpoint;
  target.lab_url = info->lab_url;
  target.web_url = info->endpoint + "/";
  target.ca_file = info->ca_file;
  target.credentials = aws::Credentials{info->access_key_id, info->secret_access_key, {}, std::nullopt};
  return target;
}

void fill(std::string& field, const std::string& value) {
  if (field.empty()) field = value;
}

/// One of the options that say where; each may come from a variable as well.
struct Place {
  const char* flag;
  const char* variable;
  const char* what;
  std::string TargetOptions::*value;
};
constexpr Place kUrl = {"--url", "WSDEEP_URL", "WebSocket URL", &TargetOptions::url};
constexpr Place kRegion = {"--region", "WSDEEP_REGION", "region", &TargetOptions::region};
constexpr Place kPool = {"--user-pool-id", "WSDEEP_USER_POOL_ID", "user pool", &TargetOptions::user_pool_id};
constexpr Place kClient = {"--client-id", "WSDEEP_CLIENT_ID", "app client", &TargetOptions::client_id};
constexpr Place kEndpoint = {"--endpoint", "WSDEEP_ENDPOINT", "Cognito endpoint", &TargetOptions::endpoint};
constexpr Place kCaFile = {"--ca-file", "WSDEEP_CA_FILE", "CA file", &TargetOptions::ca_file};
constexpr Place kSettings = {"--settings", "WSDEEP_SETTINGS", "settings file", &TargetOptions::settings};
constexpr Place kState = {"--state", "WSDEEP_LOCAL_STATE", "state folder", &TargetOptions::state};

/// What stands on the command line, and not in the variable alone.
std::string flag_of(const Place& place, const TargetOptions& options, const Context& context) {
  const std::string& value = options.*place.value;
  return value == context.env.get_or(place.variable, "") ? "" : value;
}

/// `value` was given for `place`, and has to be what the environment has.
void require_same(const Place& place, const TargetOptions& options, const Context& context, const users::Target& target,
                  const std::string& own) {
  const std::string& value = options.*place.value;
  if (value.empty() || value == own) return;
  const bool is_flag = !flag_of(place, options, context).empty();
  const std::string name = is_flag ? place.flag : place.variable;
  const std::string of = own.empty() ? fmt::format("'{}' has no {} of its own", target.environment, place.what)
                                     : fmt::format("the {} of '{}' is '{}'", place.what, target.environment, own);
  throw Error(ErrorKind::kUsage, fmt::format("{} is '{}', but {}", name, value, of),
              fmt::format("{} {}, or name the system without an environment", is_flag ? "leave out" : "unset", name));
}

/// As above, but a flag may say otherwise.
void require_same_variable(const Place& place, const TargetOptions& options, const Context& context,
                           const users::Target& target, const std::string& own) {
  if (flag_of(place, options, context).empty()) require_same(place, options, context, target, own);
}

/// Flags that would be without effect: whoever gave them means another system than the local one.
void require_only_local(const TargetOptions& options, const Context& context) {
  const auto refuse = [](const std::string& name) {
    throw Error(ErrorKind::kUsage, fmt::format("{} names no system by itself", name),
                "add -e with an environment of the settings, or --user-pool-id, or --url");
  };
  for (const Place& place : {kEndpoint, kRegion, kSettings, kCaFile})
    if (!flag_of(place, options, context).empty()) refuse(place.flag);
  if (!options.endpoint.empty()) refuse(kEndpoint.variable);
}

/// What a person would add to a command to reach the same system.
std::string flags_of(const TargetOptions& options, const Context& context) {
  std::string flags;
  if (options.environment != context.env.get_or("WSDEEP_ENVIRONMENT", "")) flags += " -e " + options.environment;
  for (const Place& place : {kSettings, kUrl, kRegion, kPool, kClient, kEndpoint, kCaFile, kState})
    if (const std::string value = flag_of(place, options, context); !value.empty())
      flags += fmt::format(" {} {}", place.flag, value);
  return flags;
}

/// Where the settings say all that there is to know about the pool, no stack needs to be deployed for users of it.
bool fill_from_settings(users::Target& target, const stack::AuthSettings& auth) {
  if (auth.makes_pool()) return false;
  fill(target.user_pool_id, auth.user_pool);
  fill(target.client_id, auth.client_ids.empty() ? "" : auth.client_ids.front());
  return true;
}

void fill_from_outputs(users::Target& target, const aws::Stack& stack) {
  for (const auto& [key, value, description] : stack.outputs) {
    if (key == "WebSocketUrl") fill(target.url, value);
    if (key == "UserPoolId") fill(target.user_pool_id, value);
    if (key == "UserPoolClientId") fill(target.client_id, value);
    if (key == "HostedUiUrl") fill(target.hosted_ui_url, value);
    if (key == "LabUrl") fill(target.lab_url, value);
    if (key == "WebUrl") fill(target.web_url, value);
  }
}

/// Who asks a local system, or one that only looks like AWS, for the stack of an environment gets no useful answer.
std::optional<aws::Stack> describe(deploy::StackAccess& access, const deploy::StackTarget& stack,
                                   const Context& context) {
  try {
    return access.cloudformation.describe_stack(stack.name);
  } catch (const aws::ServiceError& refusal) {
    const auto endpoint = context.env.get("AWS_ENDPOINT_URL");
    if (!endpoint || refusal.kind() != ErrorKind::kRefused) throw;
    throw Error(refusal.kind(), refusal.what(),
                fmt::format("AWS_ENDPOINT_URL leads to {}: unset it, and what else a local system set, to reach AWS",
                            *endpoint));
  }
}

/// All from the stack of the environment, but for what flags say of a client, the URL and the endpoint.
users::Target environment_target(const TargetOptions& options, Context& context) {
  StackOptions wanted;
  if (!options.settings.empty()) wanted.settings = options.settings;
  wanted.environment = options.environment;
  wanted.tells_warnings = false;
  wanted.region = flag_of(kRegion, options, context);
  const deploy::StackTarget stack = resolve_stack(wanted, context);
  users::Target target;
  target.environment = stack.settings->name;
  target.stack = stack.name;
  target.profile = stack.profile;
  target.region = stack.region;
  target.url = flag_of(kUrl, options, context);
  target.client_id = flag_of(kClient, options, context);
  target.endpoint = flag_of(kEndpoint, options, context);
  target.ca_file = options.ca_file;
  require_same_variable(kRegion, options, context, target, stack.region);
  require_same_variable(kEndpoint, options, context, target,
                        aws::CallSettings::load(context.env, context.files, target.profile)
                            .endpoint("COGNITO_IDENTITY_PROVIDER", "cognito-idp", target.region));
  deploy::StackAccess access(stack, context);
  const auto deployed = describe(access, stack, context);
  if (deployed) fill_from_outputs(target, *deployed);
  if (!fill_from_settings(target, stack.settings->auth) && !deployed)
    throw Error(
        ErrorKind::kNotFound,
        fmt::format("'{}' is not deployed: there is no stack '{}' in {}", target.environment, stack.name, stack.region),
        fmt::format("deploy it with: wsdeep deploy -e {}", target.environment));
  require_same(kPool, options, context, target, target.user_pool_id);
  require_same_variable(kClient, options, context, target, target.client_id);
  require_same_variable(kUrl, options, context, target, target.url);
  return target;
}

/// A pool's id starts with its region: us-east-1_AbCdEf. Empty for an id that is none.
std::string region_of_pool(const std::string& pool_id) {
  const std::size_t mark = pool_id.find('_');
  return mark == std::string::npos ? "" : pool_id.substr(0, mark);
}

std::string region_of(const TargetOptions& options, const Context& context) {
  if (!options.region.empty()) return options.region;
  if (std::string region = region_of_pool(options.user_pool_id); !region.empty()) return region;
  return aws::configured_region(context.env, context.files).value_or("");
}

/// Cognito would say no more than that there is no such pool.
void check_region(const users::Target& target) {
  if (target.region.empty())
    throw Error(ErrorKind::kUsage, "the region of the user pool is not known", "pass --region or set AWS_REGION");
  const std::string pool_region = region_of_pool(target.user_pool_id);
  if (!pool_region.empty() && pool_region != target.region)
    throw Error(ErrorKind::kUsage,
                fmt::format("the user pool {} is in {}, not in {}", target.user_pool_id, pool_region, target.region),
                "check --user-pool-id and the region");
}

users::Target named_target(const TargetOptions& options, const Context& context) {
  users::Target target;
  target.url = options.url;
  target.user_pool_id = options.user_pool_id;
  target.client_id = options.client_id;
  target.endpoint = options.endpoint;
  target.ca_file = options.ca_file;
  target.region = region_of(options, context);
  // `eval "$(wsdeep local status --output env)"` names the local system by its parts: its page is known all the same.
  const auto local = local::running_system(context.files, local_folder(options, context));
  if (local && local->url == target.url) target.web_url = local->endpoint + "/";
  return target;
}

}  // namespace

void add_target_options(const Command& command, TargetOptions& options) {
  const std::string group = "Where (without any of these: the local system)";
  command.add_option("-e,--environment", options.environment, "deployed environment of the settings")
      .envname("WSDEEP_ENVIRONMENT")
      .check(not_empty)
      .group(group);
  const auto add = [&](const Place& place, const char* text) {
    command.add_option(place.flag, options.*place.value, text).envname(place.variable).check(not_empty).group(group);
  };
  add(kSettings, "settings file");
  add(kUrl, "WebSocket URL of the stage, wss://…/prod");
  add(kRegion, "AWS region of the user pool");
  add(kPool, "Cognito user pool");
  add(kClient, "app client of the pool");
  add(kEndpoint, "Cognito endpoint, for one that is not AWS's");
  add(kCaFile, "PEM file to trust besides the system's");
  add(kState, "state folder of the local system");
}

users::Target resolve_target(const TargetOptions& options, Context& context) {
  context.target_flags = flags_of(options, context);
  const bool named = !options.url.empty() || !options.user_pool_id.empty() || !options.client_id.empty();
  if (options.environment.empty() && !named) {
    require_only_local(options, context);
    return local_target(options, context);
  }
  users::Target target =
      options.environment.empty() ? named_target(options, context) : environment_target(options, context);
  check_region(target);
  return target;
}

}  // namespace wsdeep::commands
