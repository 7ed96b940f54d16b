#include "auth/exchange/pool_endpoint.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/printable.h"
#include "net/form.h"
#include "wire/json_fields.h"

namespace wsdeep::auth::exchange {
namespace {

constexpr std::size_t kMaxPoolAnswer = 64 << 10;

PoolError transport_failure(const net::TransportError& error) {
  using net::TransportFault;
  const PoolFault fault = error.fault() == TransportFault::kTimeout    ? PoolFault::kSlow
                          : error.fault() == TransportFault::kTooLarge ? PoolFault::kConfused
                                                                       : PoolFault::kUnreachable;
  return {fault, error.what()};
}

/// `error` of RFC 6749 §5.2; empty when the body is none of its errors: a proxy's page, for one.
std::string error_code(const std::string& body) {
  try {
    const wire::Json document = wire::parse_json(body, "token answer");
    return wire::JsonFields(document).text_or("error", "");
  } catch (const Error&) {
    return "";
  }
}

bool blames_client(const std::string& code) {
  return code == "invalid_client" || code == "unauthorized_client";
}

PoolError refusal(const net::HttpResponse& response) {
  constexpr std::size_t kMaxShown = 100;
  const std::string code = error_code(response.body);
  const std::string text =
      fmt::format("HTTP {}{}{}", response.status, code.empty() ? "" : " ", printable(code.substr(0, kMaxShown)));
  if (response.status == 429 || response.status == 503) return {PoolFault::kUnreachable, text};
  if (blames_client(code)) return {PoolFault::kClient, text};
  if (response.status >= 400 && response.status < 500 && !code.empty()) return {PoolFault::kRefused, text};
  return {PoolFault::kConfused, text};
}

PoolTokens read_pool_tokens(const std::string& body) {
  try {
    const wire::Json document = wire::parse_json(body, "token answer");
    const wire::JsonFields fields(document);
    return {fields.text("id_token"), fields.text("access_token"), fields.text_or("refresh_token", "")};
  } catch (const Error& error) {
    throw PoolError(PoolFault::kConfused, error.what());
  }
}

}  // namespace

PoolEndpoint::PoolEndpoint(net::HttpClient& http, Options options, Secret secret, HasKeys has_keys, Verify verify)
    : http_(http),
      options_(std::move(options)),
      secret_(std::move(secret)),
      has_keys_(std::move(has_keys)),
      verify_(std::move(verify)) {}

void PoolEndpoint::ready() {
  if (!has_keys_()) throw PoolError(PoolFault::kUnreachable, "cannot fetch the pool's keys");
}

PoolTokens PoolEndpoint::redeem(const std::string& code, const std::string& verifier, const std::string& redirect_uri) {
  return read_pool_tokens(post("/oauth2/token", {{"grant_type", "authorization_code"},
                                                 {"code", code},
                                                 {"redirect_uri", redirect_uri},
                                                 {"code_verifier", verifier}}));
}

PoolTokens PoolEndpoint::renew(const std::string& refresh_token) {
  return read_pool_tokens(post("/oauth2/token", {{"grant_type", "refresh_token"}, {"refresh_token", refresh_token}}));
}

void PoolEndpoint::revoke(const std::string& refresh_token) {
  post("/oauth2/revoke", {{"token", refresh_token}});
}

std::string PoolEndpoint::post(const std::string& path, Fields fields) {
  fields.emplace_back("client_id", options_.client_id);
  const std::string secret = secret_(false);
  net::HttpResponse response = send(path, fields, secret);
  // A client that is not accepted has used nothing up: neither the code nor the refresh token was looked at.
  if (!secret.empty() && response.status != 200 && blames_client(error_code(response.body)))
    if (const std::string fresh = secret_(true); fresh != secret) response = send(path, fields, fresh);
  if (response.status != 200) throw refusal(response);
  return std::move(response.body);
}

/// Sent once: a code is good for one attempt, and a refresh token, where they are rotated, for little more.
net::HttpResponse PoolEndpoint::send(const std::string& path, const Fields& fields, const std::string& secret) {
  net::HttpCall call;
  call.method = "POST";
  call.url = options_.url + path;
  call.connect_timeout = options_.connect_timeout;
  call.timeout = options_.timeout;
  call.max_response_bytes = kMaxPoolAnswer;
  call.send_once = true;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  if (!secret.empty())
    call.headers.emplace_back("Authorization",
                              "Basic " + base64(percent_encode(options_.client_id) + ":" + percent_encode(secret)));
  call.body = net::encode_form(fields);
  try {
    return http_.send(call);
  } catch (const net::TransportError& error) {
    throw transport_failure(error);
  }
}

}  // namespace wsdeep::auth::exchange
