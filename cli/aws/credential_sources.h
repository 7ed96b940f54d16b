#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "aws/call_settings.h"
#include "aws/credentials.h"
#include "aws/profile_files.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "net/http_client.h"

/// The places that the credential chain looks at, one function each. A function returns nothing when its place is not
/// set up, and throws Error when it is set up and does not work. No message holds a secret.
namespace wsdeep::aws {

struct SourceContext {
  const CallSettings& calls;
  const ProfileFiles& profiles;
  const Env& env;
  Files& files;
  const Clock& clock;
  net::HttpClient& http;
  std::stop_token stop{};
};

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or AWS_SECURITY_TOKEN in its old name.
std::optional<Credentials> environment_credentials(const Env& env);

/// What the profile's settings give, in botocore's order: a role that other credentials assume, a web identity, SSO,
/// keys of the credentials file, a program, keys of the config file. AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and
/// AWS_ROLE_SESSION_NAME, as Kubernetes and CI systems set them, stand before the profile's own settings for the
/// second, unless the profile was asked for (`with_environment` false). `settings` may be null: there is no such
/// profile.
std::optional<Credentials> profile_credentials(const SourceContext& context, const std::string& name,
                                               const ProfileSettings* settings, bool with_environment);

/// ECS and EKS: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
std::optional<Credentials> container_credentials(const SourceContext& context);

/// The instance's role by IMDSv2; never version 1, which any request forgery inside the instance can use.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
/// `why`: what is told of an instance that has none, or of a machine that is no instance.
std::optional<Credentials> instance_credentials(const SourceContext& context, std::string& why);

/// Exchanges the token of `aws sso login` for the keys of the profile's account and role.
/// Nothing when the settings name neither an account nor a role of SSO.
std::optional<Credentials> sso_credentials(const SourceContext& context, const std::string& name,
                                           const ProfileSettings& settings);

struct RoleRequest {
  std::string role_arn;
  std::string session_name;  ///< empty: one is made
  std::string external_id;
  std::string duration_seconds;  ///< empty: STS's own
};
Credentials assume_role(const SourceContext& context, const RoleRequest& request, const Credentials& by);
Credentials assume_role_with_token_file(const SourceContext& context, const RoleRequest& request,
                                        const std::string& token_file);

/// Runs `command` with /bin/sh and the environment of `env`; its stdout is the document that AWS describes.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
/// Its stderr is ours: such programs talk to people there. Throws Error{kInterrupted} soon after `stop` is requested.
Credentials process_credentials(const Env& env, const std::string& command,
                                std::chrono::milliseconds timeout = std::chrono::minutes(1),
                                const std::stop_token& stop = {});

/// Reads `{"AccessKeyId","SecretAccessKey",TOKEN_NAME,"Expiration"}`; `what` names it in errors.
Credentials read_key_document(std::string_view json, std::string_view what, std::string_view token_name);
/// ISO 8601 with any offset, and the `…UTC` that older tools write. Throws Error{kFailure}.
SystemTime parse_expiry(std::string_view text);

}  // namespace wsdeep::aws
