#include "local/cognito/cors.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace wsdeep::local {
namespace {

/// Where a page may send what; the first is the API.
struct Endpoint {
  std::string_view path;
  const char* methods;
};
constexpr std::array<Endpoint, 4> kEndpoints = {
    {{"/", "POST"}, {"/oauth2/token", "POST"}, {"/oauth2/revoke", "POST"}, {"/oauth2/userInfo", "GET, POST"}}};
constexpr const char* kHeaders =
    "Authorization, Content-Type, X-Amz-Target, X-Amz-User-Agent, Cache-Control, amz-sdk-invocation-id, "
    "amz-sdk-request, x-amz-content-sha256, x-amz-date, x-amz-security-token";

const Endpoint* endpoint_of(const net::HttpRequest& request) {
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const auto found =
      std::find_if(kEndpoints.begin(), kEndpoints.end(), [&](const Endpoint& entry) { return entry.path == path; });
  return found == kEndpoints.end() ? nullptr : &*found;
}

}  // namespace

bool is_preflight(const net::HttpRequest& request) {
  return request.method == "OPTIONS" && net::header(request.headers, "Access-Control-Request-Method") &&
         is_for_pages(request);
}

net::HttpResponse preflight_response(const net::HttpRequest& request) {
  return open_to_pages({200,
                        {{"Access-Control-Allow-Methods", endpoint_of(request)->methods},
                         {"Access-Control-Allow-Headers", kHeaders},
                         {"Access-Control-Max-Age", "7200"}},
                        {}});
}

bool is_for_pages(const net::HttpRequest& request) {
  return net::header(request.headers, "Origin").has_value() && endpoint_of(request) != nullptr;
}

net::HttpResponse open_to_pages(net::HttpResponse response) {
  response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  response.headers.emplace_back("Access-Control-Expose-Headers", "x-amzn-RequestId, x-amzn-ErrorType");
  return response;
}

}  // namespace wsdeep::local
