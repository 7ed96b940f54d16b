#include <fmt/format.h>

#include <set>

#include "aws/credential_sources.h"
#include "base/error.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr auto kProcessTimeout = std::chrono::minutes(1);  // long enough to touch a key, or to type a code

[[noreturn]] void refuse(const ProfileSettings& settings, std::string_view name, const std::string& cause,
                         const std::string& hint = {}) {
  throw Error(ErrorKind::kRefused, fmt::format("{}: {}", place_of(settings, name), cause), hint);
}

bool has_keys(const ProfileSettings& settings) {
  return has_setting(settings, "aws_access_key_id") || has_setting(settings, "aws_secret_access_key");
}

bool has_role(const ProfileSettings& settings) {
  return has_setting(settings, "role_arn") && !has_setting(settings, "web_identity_token_file");
}

bool in_credentials(const ProfileSettings& settings, std::string_view name) {
  const auto found = settings.find(name);
  return found != settings.end() && found->second.in_credentials;
}

/// The token that belongs to the key: of the same file. Both of its names mean the same.
std::string token_of(const ProfileSettings& settings) {
  const bool file = in_credentials(settings, "aws_access_key_id");
  const auto own = [&](const char* name) {
    return in_credentials(settings, name) == file ? setting(settings, name) : std::string();
  };
  const std::string token = own("aws_session_token"), older = own("aws_security_token");
  if (!token.empty() && !older.empty() && token != older)
    refuse(settings, "aws_security_token", "another token than aws_session_token", "take one of them out");
  return token.empty() ? older : token;
}

/// Half of a pair, or halves out of two files, are no key: which was meant nobody can tell.
Credentials keys_of(const std::string& name, const ProfileSettings& settings) {
  const std::string key = setting(settings, "aws_access_key_id"), secret = setting(settings, "aws_secret_access_key");
  if (key.empty() || secret.empty())
    throw Error(ErrorKind::kRefused,
                fmt::format("profile '{}' has only one of aws_access_key_id and aws_secret_access_key", name));
  if (in_credentials(settings, "aws_access_key_id") != in_credentials(settings, "aws_secret_access_key"))
    refuse(settings, "aws_access_key_id",
           fmt::format("aws_secret_access_key of profile '{}' is in the other file, {}", name,
                       place_of(settings, "aws_secret_access_key")),
           "keep the two together");
  return {key, secret, token_of(settings), std::nullopt};
}

/// Follows source_profile from profile to profile.
class ProfileResolver {
 public:
  explicit ProfileResolver(const SourceContext& context) : context_(context) {}

  std::optional<Credentials> resolve(const std::string& name, const ProfileSettings* settings, bool with_environment) {
    visited_.insert(name);
    static const ProfileSettings kNone;
    const ProfileSettings& own = settings == nullptr ? kNone : *settings;
    return has_role(own) ? assume(name, own) : direct(name, own, with_environment);
  }

 private:
  std::optional<Credentials> direct(const std::string& name, const ProfileSettings& settings, bool with_environment) {
    if (auto found = web_identity(name, settings, with_environment)) return found;
    if (auto found = sso_credentials(context_, name, settings)) return found;
    if (in_credentials(settings, "aws_access_key_id")) return keys_of(name, settings);
    if (has_setting(settings, "login_session"))
      refuse(settings, "login_session", "sessions of `aws login` are not read here", export_hint(name));
    const std::string command = command_setting(settings, "credential_process");
    if (!command.empty()) return process_credentials(context_.env, command, kProcessTimeout, context_.stop);
    return has_keys(settings) ? std::optional(keys_of(name, settings)) : std::nullopt;
  }

  std::optional<Credentials> web_identity(const std::string& name, const ProfileSettings& settings,
                                          bool with_environment) {
    const auto value = [&](const char* variable, const char* key) {
      const auto found = with_environment ? context_.env.get(variable) : std::nullopt;
      return found ? *found : setting(settings, key);
    };
    const std::string file = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    if (file.empty()) return std::nullopt;
    RoleRequest request;
    request.role_arn = value("AWS_ROLE_ARN", "role_arn");
    request.session_name = value("AWS_ROLE_SESSION_NAME", "role_session_name");
    if (request.role_arn.empty())
      throw Error(ErrorKind::kRefused, fmt::format("there is a web identity token, {}, but no role for it", file),
                  fmt::format("set AWS_ROLE_ARN, or role_arn of profile '{}'", name));
    return assume_role_with_token_file(context_, request, expand_path(context_.env, file));
  }

  Credentials assume(const std::string& name, const ProfileSettings& settings) {
    const RoleRequest request{setting(settings, "role_arn"), setting(settings, "role_session_name"),
                              setting(settings, "external_id"), setting(settings, "duration_seconds")};
    if (!request.duration_seconds.empty() && !parse_integer(request.duration_seconds, 1, 1 << 20))
      refuse(settings, "duration_seconds",
             fmt::format("duration_seconds is a number, not '{}'", request.duration_seconds));
    if (!setting(settings, "mfa_serial").empty())
      throw Error(ErrorKind::kRefused, fmt::format("profile '{}' wants an MFA code", name), export_hint(name));
    return assume_role(context_, request, source_of(name, settings));
  }

  static std::string export_hint(const std::string& name) {
    return fmt::format("run `eval \"$(aws configure export-credentials --profile {} --format env)\"` first", name);
  }

  Credentials source_of(const std::string& name, const ProfileSettings& settings) {
    const std::string source = setting(settings, "source_profile"), place = setting(settings, "credential_source");
    if (source.empty() && place.empty())
      throw Error(ErrorKind::kRefused,
                  fmt::format("profile '{}' has a role_arn but neither source_profile nor credential_source", name));
    if (!source.empty() && !place.empty())
      refuse(settings, "credential_source", fmt::format("profile '{}' has a source_profile as well", name),
             "take one of them out");
    const auto found = source.empty() ? from_place(place) : from_profile(name, source, settings);
    if (found) return *found;
    throw Error(ErrorKind::kRefused, fmt::format("profile '{}' takes its credentials from {}, which has none", name,
                                                 source.empty() ? place : "profile '" + source + "'"));
  }

  /// A profile may name itself: then its own keys are meant. Keys of a source count more than its role.
  std::optional<Credentials> from_profile(const std::string& name, const std::string& source,
                                          const ProfileSettings& settings) {
    const ProfileSettings* found = context_.profiles.profile(source);
    if (found == nullptr)
      refuse(settings, "source_profile", fmt::format("there is no profile '{}', the source of '{}'", source, name));
    const bool first_visit = visited_.insert(source).second;
    if (!first_visit && (source != name || !has_keys(*found)))
      throw Error(ErrorKind::kRefused, fmt::format("profile '{}' is its own source_profile", source));
    return has_keys(*found) || !has_role(*found) ? direct(source, *found, false) : assume(source, *found);
  }

  std::optional<Credentials> from_place(const std::string& place) {
    if (place == "Environment") return environment_credentials(context_.env);
    if (place == "EcsContainer") return container_credentials(context_);
    if (std::string why; place == "Ec2InstanceMetadata") return instance_credentials(context_, why);
    throw Error(ErrorKind::kRefused, fmt::format("unknown credential_source '{}'", place),
                "it is Environment, EcsContainer or Ec2InstanceMetadata");
  }

  const SourceContext& context_;
  std::set<std::string> visited_;
};

}  // namespace

std::optional<Credentials> environment_credentials(const Env& env) {
  const auto key = env.get("AWS_ACCESS_KEY_ID"), secret = env.get("AWS_SECRET_ACCESS_KEY");
  if (!key && !secret) return std::nullopt;
  if (!key || !secret)
    throw Error(ErrorKind::kRefused, "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set");
  return Credentials{*key, *secret, env.get_or("AWS_SESSION_TOKEN", env.get_or("AWS_SECURITY_TOKEN", "")),
                     std::nullopt};
}

std::optional<Credentials> profile_credentials(const SourceContext& context, const std::string& name,
                                               const ProfileSettings* settings, bool with_environment) {
  return ProfileResolver(context).resolve(name, settings, with_environment);
}

}  // namespace wsdeep::aws
