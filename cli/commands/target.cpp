#include "commands/target.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>

#include "aws/client.h"
#include "aws/credential_chain.h"
#include "base/error.h"
#include "commands/stack_target.h"
#include "local/server_info.h"

namespace wsdeep::commands {
namespace {

std::unique_ptr<aws::CredentialSource> credentials_for(const Target& target, Context& context) {
  if (target.credentials) return std::make_unique<aws::StaticCredentials>(*target.credentials);
  return std::make_unique<aws::CredentialChain>(context.env, context.files, context.clock, target.profile);
}

/// Once for a command, however many of its calls are slow.
std::function<void()> slow_notice(const Console& console, const std::string& endpoint) {
  return [&console, endpoint, told = std::make_shared<std::atomic<bool>>(false)] {
    if (!told->exchange(true)) console.err(fmt::format("waiting for Cognito at {}; Ctrl-C gives up\n", endpoint));
  };
}

aws::ClientOptions cognito_options(const Target& target, const Context& context, Patience patience) {
  aws::ClientOptions options;
  options.retry = patience.retry;
  options.call_limit = patience.limit;
  options.cancel = std::move(patience.cancel);
  options.region = target.region;
  options.endpoint = !target.endpoint.empty() ? target.endpoint
                                              : aws::resolve_endpoint(context.env, "COGNITO_IDENTITY_PROVIDER",
                                                                      "cognito-idp", target.region);
  options.ca_file = target.ca_file;
  if (patience.tells && context.console.stderr_is_terminal())
    options.on_slow = slow_notice(context.console, options.endpoint);
  return options;
}

std::filesystem::path local_folder(const TargetOptions& options, const Context& context) {
  return options.state.empty() ? context.state_folder() / "local" : std::filesystem::path(options.state);
}

Target local_target(const TargetOptions& options, const Context& context) {
  const auto folder = local_folder(options, context);
  const auto info = local::read_server_info(context.files, folder);
  if (!info || !local::is_running(folder))
    throw Error(ErrorKind::kFailure, "no local system is running, and neither --environment nor --url names another",
                "start it with: wsdeep local up --detach");
  Target target;
  target.local = true;
  target.url = info->url;
  target.region = info->region;
  target.user_pool_id = info->user_pool_id;
  target.client_id = info->client_id;
  target.endpoint = info->endpoint;
  target.hosted_ui_url = info->endpoint;
  target.ca_file = info->ca_file;
  target.credentials = aws::Credentials{info->access_key_id, info->secret_access_key, {}, std::nullopt};
  return target;
}

/// `value` unless a flag says otherwise.
void fill(std::string& field, const std::string& value) {
  if (field.empty()) field = value;
}

/// Where the settings say all that there is to know about the pool, no stack needs to be deployed for users of it.
bool fill_from_settings(Target& target, const stack::AuthSettings& auth) {
  if (auth.makes_pool()) return false;
  fill(target.user_pool_id, auth.user_pool);
  fill(target.client_id, auth.client_ids.empty() ? "" : auth.client_ids.front());
  return true;
}

void fill_from_outputs(Target& target, const aws::Stack& stack) {
  for (const auto& [key, value, description] : stack.outputs) {
    if (key == "WebSocketUrl") fill(target.url, value);
    if (key == "UserPoolId") fill(target.user_pool_id, value);
    if (key == "UserPoolClientId") fill(target.client_id, value);
    if (key == "HostedUiUrl") fill(target.hosted_ui_url, value);
  }
}

/// What the flags leave open, from the stack of the environment.
void fill_from_environment(Target& target, const TargetOptions& options, Context& context) {
  StackOptions wanted;
  wanted.settings = options.settings;
  wanted.environment = options.environment;
  wanted.region = options.region;
  const StackTarget stack = resolve_stack(wanted, context);
  target.environment = stack.settings->name;
  target.profile = stack.profile;
  target.region = stack.region;
  StackAccess access(stack, context);
  if (const auto deployed = access.cloudformation.describe_stack(stack.name))
    return fill_from_outputs(target, *deployed);
  if (!fill_from_settings(target, stack.settings->auth))
    throw Error(
        ErrorKind::kNotFound,
        fmt::format("'{}' is not deployed: there is no stack '{}' in {}", target.environment, stack.name, stack.region),
        fmt::format("deploy it with: wsdeep deploy -e {}", target.environment));
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
void check_region(const Target& target) {
  if (target.region.empty())
    throw Error(ErrorKind::kUsage, "the region of the user pool is not known", "pass --region or set AWS_REGION");
  const std::string pool_region = region_of_pool(target.user_pool_id);
  if (!pool_region.empty() && pool_region != target.region)
    throw Error(ErrorKind::kUsage,
                fmt::format("the user pool {} is in {}, not in {}", target.user_pool_id, pool_region, target.region),
                "check --user-pool-id and the region");
}

}  // namespace

void add_target_options(CLI::App& command, TargetOptions& options) {
  const std::string group = "Where (without any of these: the local system)";
  command.add_option("-e,--environment", options.environment, "deployed environment of the settings")
      ->envname("WSDEEP_ENVIRONMENT")
      ->group(group);
  command.add_option("--settings", options.settings, "settings file")->envname("WSDEEP_SETTINGS")->group(group);
  const auto add = [&](const char* name, std::string& value, const char* text, const char* env) {
    command.add_option(name, value, text)->envname(env)->group(group);
  };
  add("--url", options.url, "WebSocket URL of the stage, wss://…/prod", "WSDEEP_URL");
  add("--region", options.region, "AWS region of the user pool", "WSDEEP_REGION");
  add("--user-pool-id", options.user_pool_id, "Cognito user pool", "WSDEEP_USER_POOL_ID");
  add("--client-id", options.client_id, "app client of the pool", "WSDEEP_CLIENT_ID");
  add("--endpoint", options.endpoint, "Cognito endpoint, for one that is not AWS's", "WSDEEP_ENDPOINT");
  add("--ca-file", options.ca_file, "PEM file to trust besides the system's", "WSDEEP_CA_FILE");
  add("--state", options.state, "state folder of the local system", "WSDEEP_LOCAL_STATE");
}

std::string Target::issuer() const {
  return fmt::format("https://cognito-idp.{}.{}/{}", region, aws::dns_suffix(region), user_pool_id);
}

Target resolve_target(const TargetOptions& options, Context& context) {
  const bool named = !options.url.empty() || !options.user_pool_id.empty() || !options.client_id.empty();
  if (options.environment.empty() && !named) return local_target(options, context);
  Target target;
  target.url = options.url;
  target.user_pool_id = options.user_pool_id;
  target.client_id = options.client_id;
  target.endpoint = options.endpoint;
  target.ca_file = options.ca_file;
  if (options.environment.empty())
    target.region = region_of(options, context);
  else
    fill_from_environment(target, options, context);
  check_region(target);
  return target;
}

const std::string& stage_url(const Target& target) {
  if (!target.url.empty()) return target.url;
  throw Error(ErrorKind::kUsage, "the WebSocket URL is not known",
              target.environment.empty() ? "pass --url or set WSDEEP_URL"
                                         : fmt::format("deploy it with: wsdeep deploy -e {}", target.environment));
}

CognitoAccess::CognitoAccess(const Target& target, Context& context, Patience patience)
    : credentials(credentials_for(target, context)),
      cognito(http, cognito_options(target, context, std::move(patience)), *credentials, context.clock) {}

}  // namespace wsdeep::commands
