#include "users/cognito_access.h"

#include <fmt/format.h>

#include <atomic>
#include <functional>

#include "aws/call_settings.h"
#include "aws/client.h"
#include "aws/credential_chain.h"

namespace wsdeep::users {
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
  options.endpoint = target.endpoint;
  options.ca_file = target.ca_file;
  if (target.endpoint.empty()) {
    const auto calls = aws::CallSettings::load(context.env, context.files, target.profile);
    options.endpoint = calls.endpoint("COGNITO_IDENTITY_PROVIDER", "cognito-idp", target.region);
    if (target.ca_file.empty()) options.ca_file = calls.ca_file();
  }
  if (patience.tells && context.console.stderr_is_terminal())
    options.on_slow = slow_notice(context.console, options.endpoint);
  return options;
}

}  // namespace

CognitoAccess::CognitoAccess(const Target& target, Context& context, Patience patience)
    : credentials(credentials_for(target, context)),
      cognito(http, cognito_options(target, context, std::move(patience)), *credentials, context.clock) {}

}  // namespace wsdeep::users
