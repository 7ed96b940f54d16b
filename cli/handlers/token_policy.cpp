#include "handlers/token_policy.h"

#include "aws/client.h"
#include "base/error.h"
#include "handlers/config.h"
#include "net/http_client.h"

namespace wsdeep::handlers {
namespace {

/// Where the pool's keys are: beside the issuer, or at the endpoint that stands in for Cognito.
std::string jwks_url(const Env& env, std::string_view issuer) {
  const std::size_t slash = issuer.rfind('/');
  const std::string_view pool = slash == std::string_view::npos ? issuer : issuer.substr(slash + 1);
  return aws::resolve_endpoint(env, "COGNITO_IDENTITY_PROVIDER", "cognito-idp", region(env)) + "/" + std::string(pool) +
         "/.well-known/jwks.json";
}

std::string fetch_keys(const std::string& url) {
  net::HttpClient http;
  net::HttpCall call;
  call.url = url;
  call.connect_timeout = std::chrono::milliseconds(1000);
  call.timeout = std::chrono::milliseconds(3000);
  call.max_response_bytes = 256 * 1024;
  const net::HttpResponse response = http.send(call);
  if (response.status == 200) return response.body;
  throw Error(ErrorKind::kFailure, "the issuer answered " + std::to_string(response.status) + " to " + url);
}

}  // namespace

TokenPolicy::TokenPolicy(const Env& env, const Clock& clock)
    : keys_([url = jwks_url(env, env.require("COGNITO_ISSUER"))] { return fetch_keys(url); }, clock) {
  rules_.issuer = env.require("COGNITO_ISSUER");
  rules_.client_ids = list(env, "COGNITO_CLIENT_IDS");
  if (rules_.client_ids.empty()) env.require("COGNITO_CLIENT_IDS");
}

}  // namespace wsdeep::handlers
