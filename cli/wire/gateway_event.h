#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "wire/authorizer_policy.h"

/// API Gateway WebSocket events, authorizer requests and their answers (contract §3).
/// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html
namespace wsdeep::wire {

/// Header or query fields, names as they came, repeated names allowed. A server gives them in the order they came; an
/// event, which holds them as a JSON object, keeps the order of one name's values only.
using Fields = std::vector<std::pair<std::string, std::string>>;
/// The first value of `name`, compared without case; nothing when there is none.
std::optional<std::string> field(const Fields& fields, std::string_view name);

/// A value of an authorizer's context: API Gateway allows strings, numbers and booleans only.
using ContextValue = std::variant<std::string, double, bool>;
using AuthorizerContext = std::map<std::string, ContextValue, std::less<>>;

enum class EventType { kConnect, kMessage, kDisconnect };

struct RequestContext {
  std::string route_key;
  EventType event_type = EventType::kMessage;
  std::string request_id;
  std::int64_t request_time_ms = 0;
  std::string stage;
  std::int64_t connected_at_ms = 0;
  std::string source_ip;
  std::optional<std::string> user_agent;
  std::string domain_name;
  std::string connection_id;
  std::string api_id;
  std::string message_id;  ///< MESSAGE events only
  std::optional<int> disconnect_status_code;
  std::optional<std::string> disconnect_reason;
  AuthorizerContext authorizer;  ///< with principalId and integrationLatency; empty without an authorizer
};

/// A route's event. CONNECT carries headers and query, MESSAGE the body, DISCONNECT four fixed headers.
struct GatewayEvent {
  RequestContext context;
  Fields headers;
  Fields query;
  std::string body;
};

/// What a REQUEST authorizer is called with.
struct AuthorizerEvent {
  std::string method_arn;  ///< `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/$connect`
  Fields headers;
  Fields query;
  RequestContext context;
};

/// What our own authorizer answers: one statement about one method.
struct AuthorizerResult {
  std::string principal_id;
  bool allow = false;
  std::string resource;  ///< the method ARN that the policy names
  AuthorizerContext context;
};

/// What any authorizer may answer.
struct AuthorizerAnswer {
  std::string principal_id;
  Policy policy;
  AuthorizerContext context;
};

/// A Lambda proxy answer.
struct ProxyResult {
  int status_code = 200;
  Fields headers;
  std::string body;
};

/// Throw Error{kFailure} that names the missing or mistyped field.
GatewayEvent parse_gateway_event(std::string_view json);
AuthorizerEvent parse_authorizer_event(std::string_view json);
/// Accepts what API Gateway accepts: one statement or a list, `Action`, `NotAction`, `Resource` and `NotResource` as
/// string or list. What a `Condition` says nobody here can judge: such a policy is refused.
AuthorizerAnswer parse_authorizer_answer(std::string_view json);
/// `statusCode` must be an integer; a missing one is an error, as it is for API Gateway.
ProxyResult parse_proxy_result(std::string_view json);

std::string encode(const GatewayEvent& event);
std::string encode(const AuthorizerEvent& event);
std::string encode(const AuthorizerResult& result);
std::string encode(const ProxyResult& result);

/// What `$request.body.action` evaluates to: `expression` with every `$request.body.<path>` and `${…}` replaced; ""
/// for a missing path and for a body that is not JSON.
std::string evaluate_route_selection(std::string_view expression, std::string_view body);

}  // namespace wsdeep::wire
