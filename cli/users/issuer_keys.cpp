#include "users/issuer_keys.h"

#include <fmt/format.h>

#include "aws/call_settings.h"
#include "base/error.h"
#include "net/http_client.h"

namespace wsdeep::users {
namespace {

constexpr const char* kInstead = "pass the key set with --jwks FILE";

net::HttpResponse send(const net::HttpCall& call) {
  try {
    return net::HttpClient().send(call);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("cannot fetch {}: {}", call.url, error.what()), kInstead);
  }
}

}  // namespace

std::string fetch_issuer_keys(const Target& target, const Env& env, const Files& files) {
  net::HttpCall call;
  call.ca_file = target.ca_file;
  std::string base = target.endpoint;
  if (base.empty()) {
    const auto calls = aws::CallSettings::load(env, files, target.profile);
    base = calls.endpoint("COGNITO_IDENTITY_PROVIDER", "cognito-idp", target.region);
    if (call.ca_file.empty()) call.ca_file = calls.ca_file();
  }
  call.url = fmt::format("{}/{}/.well-known/jwks.json", base, target.user_pool_id);
  call.max_response_bytes = 1 << 20;
  const net::HttpResponse response = send(call);
  if (response.status != 200)
    throw Error(ErrorKind::kFailure, fmt::format("cannot fetch {}: HTTP {}", call.url, response.status), kInstead);
  return response.body;
}

}  // namespace wsdeep::users
