#include <fmt/format.h>

#include <set>

#include "aws/credential_chain.h"
#include "aws/credential_sources.h"
#include "base/error.h"

namespace wsdeep::aws {
namespace {

constexpr auto kProcessTimeout = std::chrono::minutes(1);  // long enough to touch a key, or to type a code

/// Follows source_profile from profile to profile.
class ProfileResolver {
 public:
  ProfileResolver(const SourceContext& context, const ProfileFiles& profiles)
      : context_(context), profiles_(profiles) {}

  std::optional<Credentials> resolve(const std::string& name) {
    const ProfileSettings* settings = profiles_.profile(name);
    if (settings == nullptr) return std::nullopt;
    const bool first_visit = visited_.insert(name).second;
    // A role's profile may name itself as the source: then its own keys are meant.
    if (!setting(*settings, "role_arn").empty() && first_visit) return assume(name, *settings);
    if (!first_visit && setting(*settings, "aws_access_key_id").empty())
      throw Error(ErrorKind::kRefused, fmt::format("profile '{}' is its own source_profile", name));
    return direct(name, *settings);
  }

 private:
  std::optional<Credentials> direct(const std::string& name, const ProfileSettings& settings) {
    if (!setting(settings, "sso_session").empty() || !setting(settings, "sso_start_url").empty())
      return sso_credentials(context_, profiles_, name, settings);
    const std::string key = setting(settings, "aws_access_key_id");
    const std::string secret = setting(settings, "aws_secret_access_key");
    if (!key.empty() && !secret.empty())
      return Credentials{key, secret, setting(settings, "aws_session_token"), std::nullopt};
    if (!key.empty() || !secret.empty())
      throw Error(ErrorKind::kRefused,
                  fmt::format("profile '{}' has only one of aws_access_key_id and aws_secret_access_key", name));
    const std::string command = setting(settings, "credential_process");
    if (!command.empty()) return process_credentials(context_.env, command, kProcessTimeout, context_.stop);
    return std::nullopt;
  }

  Credentials assume(const std::string& name, const ProfileSettings& settings) {
    const RoleRequest request{setting(settings, "role_arn"), setting(settings, "role_session_name"),
                              setting(settings, "external_id"), setting(settings, "duration_seconds"),
                              configured_region(context_.env, context_.files, name).value_or("")};
    const std::string token_file = setting(settings, "web_identity_token_file");
    if (!token_file.empty())
      return assume_role_with_token_file(context_, request, expand_home(context_.env, token_file));
    if (!setting(settings, "mfa_serial").empty())
      throw Error(
          ErrorKind::kRefused, fmt::format("profile '{}' wants an MFA code", name),
          fmt::format("run `eval \"$(aws configure export-credentials --profile {} --format env)\"` first", name));
    return assume_role(context_, request, source_of(name, settings));
  }

  Credentials source_of(const std::string& name, const ProfileSettings& settings) {
    const std::string source = setting(settings, "source_profile");
    const std::string place = setting(settings, "credential_source");
    if (source.empty() && place.empty())
      throw Error(ErrorKind::kRefused,
                  fmt::format("profile '{}' has a role_arn but neither source_profile nor credential_source", name));
    std::optional<Credentials> found = source.empty() ? from_place(place) : resolve(source);
    if (found) return *found;
    throw Error(ErrorKind::kRefused, fmt::format("profile '{}' takes its credentials from {}, which has none", name,
                                                 source.empty() ? place : "profile '" + source + "'"));
  }

  std::optional<Credentials> from_place(const std::string& place) {
    if (place == "Environment") return environment_credentials(context_.env);
    if (place == "EcsContainer") return container_credentials(context_);
    if (std::string why; place == "Ec2InstanceMetadata") return instance_credentials(context_, why);
    throw Error(ErrorKind::kRefused, fmt::format("unknown credential_source '{}'", place),
                "it is Environment, EcsContainer or Ec2InstanceMetadata");
  }

  const SourceContext& context_;
  const ProfileFiles& profiles_;
  std::set<std::string> visited_;
};

}  // namespace

std::optional<Credentials> environment_credentials(const Env& env) {
  const auto key = env.get("AWS_ACCESS_KEY_ID"), secret = env.get("AWS_SECRET_ACCESS_KEY");
  if (!key && !secret) return std::nullopt;
  if (!key || !secret)
    throw Error(ErrorKind::kRefused, "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set");
  return Credentials{*key, *secret, env.get_or("AWS_SESSION_TOKEN", ""), std::nullopt};
}

std::optional<Credentials> profile_credentials(const SourceContext& context, const ProfileFiles& profiles,
                                               const std::string& name) {
  return ProfileResolver(context, profiles).resolve(name);
}

}  // namespace wsdeep::aws
