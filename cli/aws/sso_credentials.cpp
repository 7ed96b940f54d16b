#include <fmt/format.h>
#include <openssl/evp.h>

#include "aws/client.h"
#include "aws/credential_sources.h"
#include "base/encoding.h"
#include "base/error.h"
#include "wire/json_fields.h"

// `aws sso login` leaves an access token in ~/.aws/sso/cache/<SHA-1 of the session's name>.json; for a profile of the
// older form, without sso_session, the SHA-1 of its start URL. The portal gives the role's keys for that token.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html

namespace wsdeep::aws {
namespace {

std::string sha1_hex(std::string_view text) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out, &size, EVP_sha1(), nullptr) != 1)
    throw Error(ErrorKind::kFailure, "cannot name the SSO cache file: OpenSSL has no SHA-1");
  return hex({reinterpret_cast<const char*>(out), size});
}

Error login_needed(const std::string& cause, const std::string& profile) {
  return {ErrorKind::kRefused, cause, fmt::format("run `aws sso login --profile {}`", profile)};
}

struct SsoAccess {
  std::string region;
  std::string account;
  std::string role;
  std::string cache_key;
};

/// The profile's settings with those of the session that it names; one that both have must be the same.
ProfileSettings with_session(const SourceContext& context, const std::string& name, const ProfileSettings& settings) {
  ProfileSettings all = settings;
  const std::string session_name = setting(settings, "sso_session");
  if (session_name.empty()) return all;
  const ProfileSettings* session = context.profiles.sso_session(session_name);
  if (session == nullptr)
    throw Error(ErrorKind::kRefused, fmt::format("{}: profile '{}' names sso-session '{}', which does not exist",
                                                 place_of(settings, "sso_session"), name, session_name));
  for (const auto& [key, value] : *session)
    if (const auto [own, added] = all.emplace(key, value); !added && own->second.value != value.value)
      throw Error(ErrorKind::kRefused,
                  fmt::format("{}: {} is '{}' here and '{}' in [sso-session {}]", own->second.where, key,
                              own->second.value, value.value, session_name));
  return all;
}

SsoAccess access_of(const SourceContext& context, const std::string& name, const ProfileSettings& settings) {
  const ProfileSettings all = with_session(context, name, settings);
  for (const char* needed : {"sso_start_url", "sso_region", "sso_account_id", "sso_role_name"})
    if (setting(all, needed).empty())
      throw Error(ErrorKind::kRefused, fmt::format("profile '{}' is one of SSO, but has no {}", name, needed));
  const std::string session_name = setting(all, "sso_session");
  return {setting(all, "sso_region"), setting(all, "sso_account_id"), setting(all, "sso_role_name"),
          session_name.empty() ? setting(all, "sso_start_url") : session_name};
}

std::string cached_token(const SourceContext& context, const SsoAccess& access, const std::string& name) {
  const std::string path =
      expand_path(context.env, fmt::format("~/.aws/sso/cache/{}.json", sha1_hex(access.cache_key)));
  const auto text = context.files.read(path, 1 << 20);
  if (!text) throw login_needed(fmt::format("profile '{}' is not signed in to SSO", name), name);
  const wire::Json document = wire::parse_json(*text, path);
  const wire::JsonFields fields(document);
  if (parse_expiry(fields.text("expiresAt")) <= context.clock.now())
    throw login_needed(fmt::format("the SSO session of profile '{}' has expired", name), name);
  return fields.text("accessToken");
}

Credentials read_role_credentials(const std::string& body) {
  const wire::Json document = wire::parse_json(body, "GetRoleCredentials answer");
  const wire::JsonFields keys = wire::JsonFields(document).object("roleCredentials");
  return {keys.text("accessKeyId"), keys.text("secretAccessKey"), keys.text_or("sessionToken", ""),
          from_epoch_ms(keys.integer("expiration"))};
}

}  // namespace

std::optional<Credentials> sso_credentials(const SourceContext& context, const std::string& name,
                                           const ProfileSettings& settings) {
  if (!has_setting(settings, "sso_account_id") && !has_setting(settings, "sso_role_name")) return std::nullopt;
  const SsoAccess access = access_of(context, name, settings);
  const std::string token = cached_token(context, access, name);
  ClientOptions options;
  options.region = access.region;
  options.endpoint = context.calls.endpoint("SSO", "portal.sso", access.region);
  options.ca_file = context.calls.ca_file();
  StaticCredentials none({});
  Client client(context.http, options, none, "sso", "awsssoportal", context.clock);
  Client::Request request;
  request.operation = "GetRoleCredentials";
  request.method = "GET";
  request.target = fmt::format("/federation/credentials?role_name={}&account_id={}", percent_encode(access.role),
                               percent_encode(access.account));
  request.headers = {{"x-amz-sso_bearer_token", token}};
  request.sign = false;
  try {
    return read_role_credentials(client.send(request).body);
  } catch (const ServiceError& error) {
    if (error.status() == 401) throw login_needed(error.what(), name);
    throw;
  }
}

}  // namespace wsdeep::aws
