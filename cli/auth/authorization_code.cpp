#include "auth/authorization_code.h"

#include <fmt/format.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/printable.h"
#include "base/random.h"
#include "net/form.h"
#include "wire/json_fields.h"

namespace wsdeep::auth {
namespace {

constexpr std::size_t kVerifierBytes = 32;  // 43 characters, as RFC 7636 §4.1 recommends
constexpr std::size_t kMaxTokenAnswer = 64 << 10;
// Without openid there would be no ID token.
constexpr const char* kScopes = "openid email profile";

std::string shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 300;
  return printable(text.substr(0, kMaxShown));
}

/// `invalid_grant`, with its description where there is one (RFC 6749 §5.2).
Error refusal(const net::HttpResponse& response) {
  std::string cause = fmt::format("HTTP {}", response.status);
  try {
    const wire::Json document = wire::parse_json(response.body, "token answer");
    const wire::JsonFields fields(document);
    cause = fields.text("error");
    if (const auto text = fields.text_if("error_description")) cause += ": " + *text;
  } catch (const Error&) {
    // A proxy's page: its status is all there is to say.
  }
  return {ErrorKind::kRefused, "the pool does not give tokens for this sign-in: " + shown(cause),
          cause.starts_with("invalid_client") ? "set WSDEEP_CLIENT_SECRET to the app client's secret"
                                              : "sign in again with: wsdeep login --web"};
}

aws::AuthResult read_tokens(const std::string& body) {
  const wire::Json document = wire::parse_json(body, "token answer");
  const wire::JsonFields fields(document);
  aws::AuthResult result;
  result.id_token = fields.text("id_token");
  result.access_token = fields.text("access_token");
  result.refresh_token = fields.text_or("refresh_token", "");
  result.expires_in = fields.integer("expires_in");
  return result;
}

/// The token came from the pool itself, so its signature adds nothing (OpenID Connect Core §3.1.3.7); that it was made
/// for this very request is for us to check.
void check_nonce(const std::string& id_token, const std::string& nonce) {
  const auto token = read_token(id_token);
  if (token) {
    const wire::Json claims = wire::parse_json(token->claims.json, "ID token");
    if (wire::JsonFields(claims).text_or("nonce", "") == nonce) return;
  }
  throw Error(ErrorKind::kRefused, "the pool's answer does not belong to this sign-in",
              "sign in again with: wsdeep login --web");
}

}  // namespace

Pkce make_pkce() {
  std::string verifier = base64url(random_bytes(kVerifierBytes));
  std::string challenge = pkce_challenge(verifier);
  return {std::move(verifier), std::move(challenge)};
}

std::string pkce_challenge(std::string_view verifier) {
  return base64url(sha256(verifier));
}

std::string authorization_url(const AuthorizationRequest& request) {
  net::FormFields fields = {{"response_type", "code"},
                            {"client_id", request.client_id},
                            {"redirect_uri", request.redirect_uri},
                            {"scope", kScopes},
                            {"state", request.state},
                            {"nonce", request.nonce},
                            {"code_challenge", request.challenge},
                            {"code_challenge_method", "S256"}};
  if (!request.provider.empty()) fields.emplace_back("identity_provider", request.provider);
  if (!request.login_hint.empty()) fields.emplace_back("login_hint", request.login_hint);
  return request.hosted_ui_url + "/oauth2/authorize?" + net::encode_form(fields);
}

Redirect read_redirect(std::string_view target, std::string_view state) {
  const std::size_t mark = target.find('?');
  const auto fields = mark == std::string_view::npos ? std::nullopt : net::decode_form(target.substr(mark + 1));
  if (!fields || !constant_time_equal(net::field_of(*fields, "state"), state)) return {};
  Redirect redirect;
  redirect.ours = true;
  redirect.code = net::field_of(*fields, "code");
  if (!redirect.code.empty()) return redirect;
  const std::string_view error = net::field_of(*fields, "error"), text = net::field_of(*fields, "error_description");
  redirect.error = shown(error.empty() ? "no code came back" : error);
  if (!text.empty()) redirect.error += ": " + shown(text);
  return redirect;
}

aws::AuthResult exchange_code(net::HttpClient& http, const CodeExchange& exchange) {
  net::HttpCall call;
  call.method = "POST";
  call.url = exchange.hosted_ui_url + "/oauth2/token";
  call.ca_file = exchange.ca_file;
  call.max_response_bytes = kMaxTokenAnswer;
  call.cancel = exchange.cancel;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  if (!exchange.client_secret.empty())
    call.headers.emplace_back("Authorization", "Basic " + base64(exchange.client_id + ":" + exchange.client_secret));
  call.body = net::encode_form({{"grant_type", "authorization_code"},
                                {"client_id", exchange.client_id},
                                {"redirect_uri", exchange.redirect_uri},
                                {"code", exchange.code},
                                {"code_verifier", exchange.verifier}});
  const net::HttpResponse response = http.send(call);
  if (response.status != 200) throw refusal(response);
  aws::AuthResult result = read_tokens(response.body);
  check_nonce(result.id_token, exchange.nonce);
  return result;
}

}  // namespace wsdeep::auth
