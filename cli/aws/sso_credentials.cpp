#include <fmt/format.h>
#include <openssl/evp.h>

#include "aws/client.h"
#include "aws/credential_sources.h"
#include "base/encoding.h"
#include "base/error.h"
#include "wire/json_fields.h"

// `aws sso login` leaves an access token in ~/.aws/sso/cache/<SHA-1 of the session's name>.json; for a profile of the
// older form, without sso_session, the SHA-1 of its start URL. The portal gives the role's keys for that token. That of
// a session is good for an hour or so, and is renewed by the refresh token beside it for as long as the session lasts.
// https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html
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
  bool renewable;  ///< of a session; what the older form keeps is for one sign-in
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
          session_name.empty() ? setting(all, "sso_start_url") : session_name, !session_name.empty()};
}

/// The token cache of one session.
struct TokenCache {
  std::string path;
  wire::Json document;

  wire::JsonFields fields() const { return wire::JsonFields(document); }
  SystemTime expires_at() const { return parse_expiry(fields().text("expiresAt")); }
};

std::optional<TokenCache> read_cache(const SourceContext& context, const SsoAccess& access) {
  const std::string path =
      expand_path(context.env, fmt::format("~/.aws/sso/cache/{}.json", sha1_hex(access.cache_key)));
  const auto text = context.files.read(path, 1 << 20);
  if (!text) return std::nullopt;
  return TokenCache{path, wire::parse_json(*text, path)};
}

/// The portal, or the service that gives tokens; neither takes a signature.
net::HttpResponse send(const SourceContext& context, const SsoAccess& access, const char* service_id,
                       const char* prefix, Client::Request request) {
  ClientOptions options;
  options.region = access.region;
  options.endpoint = context.calls.endpoint(service_id, prefix, access.region);
  options.ca_file = context.calls.ca_file();
  options.cancel = context.stop;
  StaticCredentials none({});
  Client client(context.http, options, none, "sso", "awsssoportal", context.clock);
  request.sign = false;
  return client.send(request);
}

/// Sessions that `aws sso login` began with a registered client carry what renews them; older ones do not.
bool can_renew(const SourceContext& context, const TokenCache& cache) {
  const wire::JsonFields fields = cache.fields();
  for (const char* needed : {"refreshToken", "clientId", "clientSecret"})
    if (fields.text_or(needed, "").empty()) return false;
  const std::string registered = fields.text_or("registrationExpiresAt", "");
  return !registered.empty() && parse_expiry(registered) > context.clock.now();
}

/// Asks for a new token and puts it into the cache, for the AWS CLI too. Not sent again: a refresh token may be good
/// for one use.
void renew(const SourceContext& context, const SsoAccess& access, TokenCache& cache) {
  const wire::JsonFields old = cache.fields();
  Client::Request request;
  request.operation = "CreateToken";
  request.target = "/token";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = wire::dump_json({{"clientId", old.text("clientId")},
                                  {"clientSecret", old.text("clientSecret")},
                                  {"grantType", "refresh_token"},
                                  {"refreshToken", old.text("refreshToken")}});
  request.retry_safe = false;
  const net::HttpResponse answer = send(context, access, "SSO OIDC", "oidc", std::move(request));
  const wire::Json document = wire::parse_json(answer.body, "CreateToken answer");
  const wire::JsonFields fields(document);
  const auto lasts = std::chrono::seconds(fields.integer("expiresIn"));
  cache.document["accessToken"] = fields.text("accessToken");
  cache.document["expiresAt"] = iso8601(context.clock.now() + lasts);
  if (const auto next = fields.text_if("refreshToken")) cache.document["refreshToken"] = *next;
  context.files.write(cache.path, wire::dump_json(cache.document), 0600);
}

/// Renewed some time before its end, so that a fault of a few minutes does not matter. A renewal that fails because
/// another process was faster finds that one's token in the cache.
TokenCache fresh_cache(const SourceContext& context, const SsoAccess& access, const std::string& name) {
  constexpr auto kRenewTokenBefore = std::chrono::minutes(15);
  auto cache = read_cache(context, access);
  if (!cache) throw login_needed(fmt::format("profile '{}' is not signed in to SSO", name), name);
  if (context.clock.now() < cache->expires_at() - kRenewTokenBefore) return *std::move(cache);
  std::string why = "has expired";
  if (access.renewable && can_renew(context, *cache)) try {
      renew(context, access, *cache);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted) throw;
      why = fmt::format("has expired, and was not renewed: {}", error.what());
      cache = read_cache(context, access);
    }
  if (!cache || cache->expires_at() <= context.clock.now())
    throw login_needed(fmt::format("the SSO session of profile '{}' {}", name, why), name);
  return *std::move(cache);
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
  const std::string token = fresh_cache(context, access, name).fields().text("accessToken");
  Client::Request request;
  request.operation = "GetRoleCredentials";
  request.method = "GET";
  request.target = fmt::format("/federation/credentials?role_name={}&account_id={}", percent_encode(access.role),
                               percent_encode(access.account));
  request.headers = {{"x-amz-sso_bearer_token", token}};
  try {
    return read_role_credentials(send(context, access, "SSO", "portal.sso", std::move(request)).body);
  } catch (const ServiceError& error) {
    if (error.status() == 401) throw login_needed(error.what(), name);
    throw;
  }
}

}  // namespace wsdeep::aws
