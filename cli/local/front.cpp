#include "local/front.h"

#include <fmt/format.h>

#include "aws/sigv4.h"
#include "base/text.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kDynamoDbPrefix = "DynamoDB_20120810.";
constexpr std::string_view kCognitoPrefix = "AWSCognitoIdentityProviderService.";

net::HttpResponse json_response(int status, std::string body) {
  return {status, {{"Content-Type", "application/json"}}, std::move(body)};
}

/// The answer to a request whose signature does not hold, in the words of the service that it is for.
net::HttpResponse signature_error(const std::string& service, aws::SignatureVerdict verdict) {
  using aws::SignatureVerdict;
  if (service == "execute-api")
    return json_response(403, verdict == SignatureVerdict::kMissing ? R"({"message":"Missing Authentication Token"})"
                                                                    : R"({"message":"Forbidden"})");
  const auto fault = [&](const char* type, const char* message) {
    net::HttpResponse response = json_response(400, fmt::format(R"({{"__type":"{}","message":"{}"}})", type, message));
    response.headers.emplace_back("x-amzn-ErrorType", type);
    return response;
  };
  switch (verdict) {
    case SignatureVerdict::kMissing:
      return fault("MissingAuthenticationTokenException", "Request is missing Authentication Token");
    case SignatureVerdict::kUnknownKey:
      return fault("UnrecognizedClientException", "The security token included in the request is invalid.");
    case SignatureVerdict::kExpired:
      return fault("InvalidSignatureException", "Signature expired or not yet current: check the clock");
    case SignatureVerdict::kMalformed:
      return fault("IncompleteSignatureException", "Authorization header is not a Signature Version 4");
    default:
      return fault("InvalidSignatureException",
                   "The request signature we calculated does not match the signature you provided. Check your AWS "
                   "Secret Access Key and signing method.");
  }
}

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

}  // namespace

Front::Front(Services services, aws::Credentials key, const Clock& clock, std::function<std::string()> status)
    : services_(services), key_(std::move(key)), clock_(clock), status_(std::move(status)) {}

bool Front::is_signed(net::HttpExchange& exchange, const std::string& service) {
  const net::HttpRequest& request = exchange.request();
  const auto verdict = aws::verify_signature(request.method, request.target, request.headers, request.body, key_,
                                             {"", service}, clock_.now());
  if (verdict == aws::SignatureVerdict::kValid) return true;
  exchange.respond(signature_error(service, verdict));
  return false;
}

void Front::handle(const std::shared_ptr<net::HttpExchange>& exchange) {
  const net::HttpRequest& request = exchange->request();
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (services_.gateway.manages(path)) {
    if (is_signed(*exchange, "execute-api")) services_.gateway.handle_management(*exchange);
    return;
  }
  if (services_.gateway.serves(path)) return services_.gateway.handle_connect(exchange);
  if (path.starts_with("/2015-03-31/functions/")) {
    if (is_signed(*exchange, "lambda")) services_.lambda.handle(exchange);
    return;
  }
  if (const auto target = net::header(request.headers, "X-Amz-Target")) return handle_target(exchange, *target);
  if (request.method == "GET") return handle_get(*exchange, path);
  exchange->respond(json_response(403, R"({"message":"Forbidden"})"));
}

void Front::handle_target(const std::shared_ptr<net::HttpExchange>& exchange, const std::string& target) {
  if (target.starts_with(kDynamoDbPrefix)) {
    if (is_signed(*exchange, "dynamodb")) exchange->respond(services_.dynamodb.handle(exchange->request()));
    return;
  }
  if (target.starts_with(kCognitoPrefix)) {
    const bool open = !services_.cognito.needs_signature(target.substr(kCognitoPrefix.size()));
    if (open || is_signed(*exchange, "cognito-idp")) services_.cognito.handle(exchange);
    return;
  }
  exchange->respond(json_response(400, R"({"__type":"UnknownOperationException"})"));
}

void Front::handle_get(net::HttpExchange& exchange, std::string_view path) {
  const std::string pool = "/" + services_.cognito.user_pool_id() + "/.well-known/";
  if (path == pool + "jwks.json") return exchange.respond(json_response(200, services_.cognito.jwks()));
  if (path == pool + "openid-configuration")
    return exchange.respond(json_response(200, services_.cognito.openid_configuration()));
  if (path == "/_local/status" && is_loopback(exchange.request().remote_address))
    return exchange.respond(json_response(200, status_()));
  exchange.respond(json_response(403, R"({"message":"Forbidden"})"));
}

}  // namespace wsdeep::local
