#include "aws/connections_api.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/url.h"

namespace wsdeep::aws {
namespace {

Client client_for(std::string_view callback_url, net::HttpClient& http, ClientOptions options,
                  CredentialSource& credentials, const Clock& clock) {
  const Url url = parse_url(callback_url);
  options.endpoint = url.scheme + "://" + url.authority();
  return {http, std::move(options), credentials, "execute-api", "execute-api", clock};
}

/// `/prod/%40connections/JC1dgf9yoAMCK-g%3D`
std::string target_of(std::string_view callback_url, std::string_view connection_id) {
  std::string path = parse_url(callback_url).target;
  while (path.ends_with('/')) path.pop_back();
  return path + "/%40connections/" + percent_encode(connection_id);
}

/// API Gateway says 410 for a connection that was, and 400 for an id that no connection ever had.
bool says_gone(const ServiceError& error) {
  return error.status() == 410 || (error.status() == 400 && error.detail().find("connectionId") != std::string::npos);
}

}  // namespace

ConnectionsApi::ConnectionsApi(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                               const Clock& clock)
    : http_(http), options_(std::move(options)), credentials_(credentials), clock_(clock) {}

PostOutcome ConnectionsApi::post(std::string_view callback_url, std::string_view connection_id,
                                 std::string_view message, bool retry_safe, const CallContext& context) {
  Client::Request request;
  request.operation = "post to a connection";
  request.target = target_of(callback_url, connection_id);
  request.headers = {{"Content-Type", "application/octet-stream"}};
  request.body = message;
  request.retry_safe = retry_safe;
  try {
    client_for(callback_url, http_, options_, credentials_, clock_).send(request, context);
    return PostOutcome::kSent;
  } catch (const ServiceError& error) {
    if (says_gone(error)) return PostOutcome::kGone;
    if (error.status() == 413) return PostOutcome::kTooLarge;
    throw;
  }
}

bool ConnectionsApi::disconnect(std::string_view callback_url, std::string_view connection_id,
                                const CallContext& context) {
  Client::Request request;
  request.operation = "close a connection";
  request.method = "DELETE";
  request.target = target_of(callback_url, connection_id);
  try {
    client_for(callback_url, http_, options_, credentials_, clock_).send(request, context);
    return true;
  } catch (const ServiceError& error) {
    if (says_gone(error)) return false;
    throw;
  }
}

}  // namespace wsdeep::aws
