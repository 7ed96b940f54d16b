#include "local/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "local/api/json_response.h"
#include "local/cognito/cors.h"
#include "wire/json_writer.h"

namespace wsdeep::local {
namespace {

constexpr std::string_view kDynamoDbPrefix = "DynamoDB_20120810.";
constexpr std::string_view kCognitoPrefix = "AWSCognitoIdentityProviderService.";

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

/// Where the client reached us, as its Host header says; nothing that could not be a host.
std::string base_url(const net::HttpRequest& request) {
  const std::string host = net::header(request.headers, "Host").value_or("");
  const bool plain = !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-.:[]").find(c) != std::string_view::npos;
  });
  return fmt::format("{}://{}", request.secure ? "https" : "http", plain ? host : "127.0.0.1");
}

/// What AWS's clients send to `/` is a POST.
bool asks_for_page(const net::HttpRequest& request, std::string_view path) {
  return path != "/" || request.method == "GET" || request.method == "HEAD";
}

bool is_loopback(std::string_view address) {
  return address == "::1" || address.starts_with("127.");
}

}  // namespace

Front::Front(Services services, aws::Credentials key, const Clock& clock,
             std::function<std::string(bool by_owner)> status)
    : services_(services), key_(std::move(key)), clock_(clock), status_(std::move(status)) {}

aws::SignatureVerdict Front::signature_of(const net::HttpRequest& request, const std::string& service) const {
  return aws::verify_signature(request.method, request.target, request.headers, request.body, key_, {"", service},
                               clock_.now());
}

bool Front::is_signed(net::HttpExchange& exchange, const std::string& service) {
  const auto verdict = signature_of(exchange.request(), service);
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
  if (CognitoService::serves(path)) return services_.cognito.handle(exchange);
  if (path == kRotateKeysPath && request.method == "POST") {
    if (is_signed(*exchange, kLocalService)) rotate_keys(exchange);
    return;
  }
  if (services_.http.serves(request)) return services_.http.handle(exchange);
  if (services_.web.serves(path) && asks_for_page(request, path))
    return exchange->respond(services_.web.answer(request, path));
  if (is_preflight(request)) return services_.cognito.handle(exchange);
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
    const std::string_view operation = std::string_view(target).substr(kCognitoPrefix.size());
    // What we do not play is told as such, not as a missing signature.
    const bool open = !CognitoService::knows(operation) || !CognitoService::needs_signature(operation);
    if (open || is_signed(*exchange, "cognito-idp")) services_.cognito.handle(exchange);
    return;
  }
  exchange->respond(json_response(400, R"({"__type":"UnknownOperationException"})"));
}

void Front::rotate_keys(const std::shared_ptr<net::HttpExchange>& exchange) {
  services_.cognito.rotate_keys([exchange](const std::string& json, const std::exception_ptr& fault) {
    if (!fault) return exchange->respond(json_response(200, json));
    try {
      std::rethrow_exception(fault);
    } catch (const std::exception& error) {
      exchange->respond(
          json_response(500, wire::JsonObject().add("__type", "CannotRotate").add("message", error.what()).text()));
    }
  });
}

void Front::handle_get(net::HttpExchange& exchange, std::string_view path) {
  const std::string pool = "/" + services_.cognito.user_pool_id() + "/.well-known/";
  if (path == pool + "jwks.json") return exchange.respond(open_to_pages(json_response(200, services_.cognito.jwks())));
  if (path == pool + "openid-configuration")
    return exchange.respond(
        open_to_pages(json_response(200, services_.cognito.openid_configuration(base_url(exchange.request())))));
  const net::HttpRequest& request = exchange.request();
  if (path == kStatusPath && is_loopback(request.remote_address))
    return exchange.respond(
        json_response(200, status_(signature_of(request, kLocalService) == aws::SignatureVerdict::kValid)));
  exchange.respond(json_response(403, R"({"message":"Forbidden"})"));
}

}  // namespace wsdeep::local
