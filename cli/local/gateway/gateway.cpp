// What API Gateway does between a client and the functions.
//
//   GET /prod (Upgrade)  ──►  authorizer (REQUEST)  ──►  $connect  ──►  101
//        401 identity missing or `Unauthorized`   403 not allowed   500 authorizer failed   502 $connect failed
//   text message  ──►  route selection ($request.body.action)  ──►  function, or {"message": "Forbidden", …}
//                 ◄──  its body, on a route with a route response
//   POST /prod/@connections/{id}  ──►  one text message to that client
//
// A connection can be posted to only after its 101 has gone out, and no more once it is closing: in between the
// management API answers 410, as the real one does.
#include "local/gateway/gateway.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "local/api/json_response.h"
#include "local/gateway/connection.h"
#include "net/form.h"
#include "net/websocket_handshake.h"
#include "wire/chat_frames.h"

namespace wsdeep::local {
namespace {

constexpr std::chrono::milliseconds kConnectionSweepPeriod{250};
constexpr std::chrono::milliseconds kFarewellPeriod{10};

/// 15 base64url characters and `=`, such as `JC1dgf9yoAMCK-g=`.
std::string new_connection_id() {
  return base64url(random_bytes(11)) + "=";
}

net::HttpResponse message_response(int status, std::string_view message) {
  return json_response(status, fmt::format(R"({{"message":"{}"}})", json_escape(message)));
}

std::string refusal_of(wire::Access access) {
  const char* how = access == wire::Access::kDenied ? " with an explicit deny" : "";
  return fmt::format(R"({{"Message":"User is not authorized to access this resource{}"}})", how);
}

/// The query's fields, decoded, in order; none when it is broken.
wire::Fields query_of(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return {};
  return net::decode_form(target.substr(mark + 1)).value_or(net::FormFields{});
}

/// The client's headers as the functions see them, with what API Gateway adds.
wire::Fields gateway_headers(const net::HttpRequest& request, const Clock& clock) {
  wire::Fields headers = request.headers;
  headers.emplace_back("X-Amzn-Trace-Id",
                       fmt::format("Root=1-{:08x}-{}", epoch_seconds(clock.now()), hex(random_bytes(12))));
  headers.emplace_back("X-Forwarded-For", request.remote_address);
  const auto host = net::header(request.headers, "Host").value_or("");
  const std::size_t colon = host.rfind(':');
  const std::string port = colon == std::string::npos ? (request.secure ? "443" : "80") : host.substr(colon + 1);
  headers.emplace_back("X-Forwarded-Port", port);
  headers.emplace_back("X-Forwarded-Proto", request.secure ? "https" : "http");
  return headers;
}

std::string text_of(const wire::ContextValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  return fmt::format("{}", std::get<double>(value));
}

wire::Fields without_hop_headers(wire::Fields headers) {
  std::erase_if(
      headers, [](const auto& field) { return iequals(field.first, "Connection") || iequals(field.first, "Upgrade"); });
  return headers;
}

}  // namespace

/// A client between its request and its 101.
struct Gateway::Handshake {
  std::shared_ptr<net::HttpExchange> exchange;
  std::shared_ptr<Connection> connection;
  wire::Fields headers;
  wire::Fields query;
  SteadyTime authorizer_called;
  /// Lives as long as this: so many hold it, beside the gateway, as are between their request and their 101.
  std::shared_ptr<const int> counted;
};

Gateway::Gateway(net::EventLoop& loop, const Clock& clock, LambdaService& lambda, GatewayOptions options)
    : loop_(loop),
      clock_(clock),
      lambda_(lambda),
      options_(std::move(options)),
      disconnects_(loop, lambda, function_of("$disconnect")) {
  sweep_ = loop_.every(kConnectionSweepPeriod, [this] { end_expired(); });
}

Gateway::~Gateway() = default;

bool Gateway::serves(std::string_view path) const {
  return path == "/" + options_.stage || path == "/" + options_.stage + "/";
}

std::string Gateway::function_of(std::string_view key) const {
  const std::string* function = route(key);
  return function == nullptr ? "" : *function;
}

const std::string* Gateway::route(std::string_view key) const {
  const auto found = options_.routes.find(key);
  return found == options_.routes.end() ? nullptr : &found->second;
}

bool Gateway::admit() {
  if (clock_.steady_now() - second_start_ >= std::chrono::seconds(1)) {
    second_start_ = clock_.steady_now();
    connects_in_second_ = 0;
  }
  return ++connects_in_second_ <= options_.max_connects_per_second;
}

wire::RequestContext Gateway::context_for(const Connection& connection) const {
  wire::RequestContext context;
  context.request_id = base64url(random_bytes(11)) + "=";
  context.request_time_ms = epoch_ms(clock_.now());
  context.stage = options_.stage;
  context.connected_at_ms = connection.connected_at_ms;
  context.source_ip = connection.source_ip;
  context.user_agent = connection.user_agent;
  context.domain_name = connection.domain;
  context.connection_id = connection.id;
  context.api_id = options_.api_id;
  context.authorizer = connection.authorizer;
  return context;
}

void Gateway::handle_connect(std::shared_ptr<net::HttpExchange> exchange) {
  const net::HttpRequest& request = exchange->request();
  if (!request.wants_websocket) return exchange->respond(net::handshake_refusal(request));
  if (stopping_) return exchange->respond(message_response(503, "Service Unavailable"));
  if (!admit()) return exchange->respond(message_response(429, "Too Many Requests"));
  auto handshake = std::make_shared<Handshake>();
  handshake->counted = opening_;
  handshake->headers = gateway_headers(request, clock_);
  handshake->query = query_of(request.target);
  auto connection = std::make_shared<Connection>();
  connection->id = new_connection_id();
  connection->connected_at_ms = epoch_ms(clock_.now());
  connection->source_ip = request.remote_address;
  connection->user_agent = net::header(request.headers, "User-Agent");
  connection->domain = net::header(request.headers, "Host").value_or("");
  handshake->connection = std::move(connection);
  handshake->exchange = std::move(exchange);
  if (options_.authorizer.empty()) return run_connect_route(handshake);
  authorize(handshake);
}

std::string Gateway::connect_arn() const {
  return fmt::format("arn:aws:execute-api:{}:{}:{}/{}/$connect", options_.region, options_.account, options_.api_id,
                     options_.stage);
}

void Gateway::authorize(const std::shared_ptr<Handshake>& handshake) {
  wire::AuthorizerEvent event;
  event.method_arn = connect_arn();
  event.headers = handshake->headers;
  event.query = handshake->query;
  event.context = context_for(*handshake->connection);
  event.context.route_key = "$connect";
  event.context.event_type = wire::EventType::kConnect;
  handshake->authorizer_called = clock_.steady_now();
  lambda_.invoke(options_.authorizer, wire::encode(event),
                 [this, handshake](const InvokeResult& result) { on_authorized(handshake, result); });
}

void Gateway::on_authorized(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result) {
  net::HttpExchange& exchange = *handshake->exchange;
  if (result.kind != InvokeResult::Kind::kAnswer) {
    const bool unauthorized =
        result.kind == InvokeResult::Kind::kFunctionError && result.error.message == "Unauthorized";
    if (unauthorized) return exchange.respond(message_response(401, "Unauthorized"));
    return exchange.respond(message_response(500, "Internal server error"));
  }
  wire::AuthorizerAnswer answer;
  try {
    answer = wire::parse_authorizer_answer(result.payload);
  } catch (const Error& error) {
    log_warn("the authorizer's answer is malformed", {{"error", error.what()}});
    return exchange.respond(message_response(500, "Internal server error"));
  }
  const wire::Access access = wire::judge(answer.policy, connect_arn());
  if (access != wire::Access::kAllowed) return exchange.respond(json_response(403, refusal_of(access)));
  // The functions behind get every value as text, whatever the authorizer's type was.
  for (auto& [name, value] : answer.context) value = text_of(value);
  const auto latency = clock_.steady_now() - handshake->authorizer_called;
  answer.context["principalId"] = answer.principal_id;
  answer.context["integrationLatency"] =
      static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(latency).count());
  handshake->connection->authorizer = std::move(answer.context);
  run_connect_route(handshake);
}

void Gateway::run_connect_route(const std::shared_ptr<Handshake>& handshake) {
  const std::string* function = route("$connect");
  if (function == nullptr || function->empty()) return open(handshake, {});
  wire::GatewayEvent event;
  event.context = context_for(*handshake->connection);
  event.context.route_key = "$connect";
  event.context.event_type = wire::EventType::kConnect;
  event.headers = without_hop_headers(handshake->headers);
  event.query = handshake->query;
  lambda_.invoke(*function, wire::encode(event),
                 [this, handshake](const InvokeResult& result) { on_connect_result(handshake, result); });
}

void Gateway::on_connect_result(const std::shared_ptr<Handshake>& handshake, const InvokeResult& result) {
  net::HttpExchange& exchange = *handshake->exchange;
  if (result.kind != InvokeResult::Kind::kAnswer)
    return exchange.respond(message_response(502, "Internal server error"));
  wire::ProxyResult answer;
  try {
    answer = wire::parse_proxy_result(result.payload);
  } catch (const Error& error) {
    log_warn("the answer of $connect is malformed", {{"error", error.what()}});
    return exchange.respond(message_response(502, "Internal server error"));
  }
  if (answer.status_code < 200 || answer.status_code > 299)
    return exchange.respond(json_response(answer.status_code, answer.body));
  net::Headers headers;
  if (const auto protocol = wire::field(answer.headers, "Sec-WebSocket-Protocol"))
    headers.emplace_back("Sec-WebSocket-Protocol", *protocol);
  open(handshake, std::move(headers));
}

void Gateway::open(const std::shared_ptr<Handshake>& handshake, net::Headers headers) {
  handshake->exchange->accept(std::move(headers), {wire::kMaxFrameBytes, wire::kMaxMessageBytes},
                              [this, handshake](std::shared_ptr<net::WebSocket> socket) {
                                return on_open(handshake->connection, std::move(socket));
                              });
}

net::WebSocketEvents Gateway::on_open(const std::shared_ptr<Connection>& connection,
                                      std::shared_ptr<net::WebSocket> socket) {
  net::WebSocketEvents events;
  if (socket == nullptr) {  // it left before its 101: $connect ran, so $disconnect has to
    on_close(connection, 1006, "", true);
    return events;
  }
  connection->socket = std::move(socket);
  connection->opened_at = clock_.steady_now();
  connection->touch(clock_);
  connections_[connection->id] = connection;
  events.on_close = [this, connection](std::uint16_t code, const std::string& reason, bool by_peer) {
    on_close(connection, code, reason, by_peer);
  };
  events.on_message = [this, connection](std::string body, bool binary) {
    on_message(connection, std::move(body), binary);
  };
  events.on_heartbeat = [this, connection] { connection->touch(clock_); };
  if (stopping_) close(connection, 1001, "Going away");
  return events;
}

void Gateway::on_message(const std::shared_ptr<Connection>& connection, std::string body, bool binary) {
  connection->touch(clock_);
  // API Gateway takes no binary frames from clients, whatever is configured:
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-binary-media-types.html
  if (binary) return close(connection, 1003, "Unsupported data");
  const std::string key = wire::evaluate_route_selection(options_.route_selection, body);
  const bool special = key == "$connect" || key == "$disconnect";
  const std::string* function = special ? nullptr : route(key);
  const std::string route_key = function != nullptr ? key : "$default";
  if (function == nullptr) function = route("$default");
  wire::GatewayEvent event;
  event.context = context_for(*connection);
  if (function == nullptr || function->empty()) {
    connection->socket->send_text(
        wire::encode(wire::GatewayNotice{"Forbidden", connection->id, event.context.request_id}));
    return;
  }
  event.context.route_key = route_key;
  event.context.message_id = event.context.request_id;
  event.body = std::move(body);
  lambda_.invoke(*function, wire::encode(event),
                 [this, connection, route_key, id = event.context.request_id](const InvokeResult& result) {
                   on_route_result(connection, route_key, id, result);
                 });
}

void Gateway::on_route_result(const std::shared_ptr<Connection>& connection, const std::string& route_key,
                              const std::string& request_id, const InvokeResult& result) {
  const auto fail = [&](const char* message) {
    connection->socket->send_text(wire::encode(wire::GatewayNotice{message, connection->id, request_id}));
  };
  if (result.kind == InvokeResult::Kind::kTimedOut) return fail("Endpoint request timed out");
  if (result.kind != InvokeResult::Kind::kAnswer) return fail("Internal server error");
  try {
    wire::ProxyResult answer = wire::parse_proxy_result(result.payload);
    // Without a route response the body goes nowhere.
    const bool two_way = options_.route_responses.contains(route_key);
    if (two_way && !answer.body.empty()) connection->socket->send_text(std::move(answer.body));
  } catch (const Error& error) {
    log_warn("the answer of a route is malformed", {{"route", route_key}, {"error", error.what()}});
    fail("Internal server error");
  }
}

void Gateway::close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason) {
  if (connection->close_code != 0) return;
  connection->close_code = code;
  connection->close_reason = reason;
  connections_.erase(connection->id);
  ++closing_;
  connection->socket->close(static_cast<std::uint16_t>(code), reason);
}

void Gateway::on_close(const std::shared_ptr<Connection>& connection, int code, const std::string& reason,
                       bool by_peer) {
  connections_.erase(connection->id);
  if (connection->close_code != 0) --closing_;
  wire::GatewayEvent event;
  event.context = context_for(*connection);
  event.context.route_key = "$disconnect";
  event.context.event_type = wire::EventType::kDisconnect;
  const bool ours = connection->close_code != 0;
  event.context.disconnect_status_code = ours ? connection->close_code : code;
  event.context.disconnect_reason = ours ? connection->close_reason : reason;
  if (!ours && by_peer && code == 1005 && reason.empty())
    event.context.disconnect_reason = "Client-side close frame status not set";
  disconnects_.tell(wire::encode(event));
}

void Gateway::end_expired() {
  const SteadyTime now = clock_.steady_now();
  std::vector<std::shared_ptr<Connection>> expired;
  for (const auto& [id, connection] : connections_) {
    const bool idle = now - connection->active_at >= options_.idle_timeout;
    const bool old = now - connection->opened_at >= options_.max_lifetime;
    if (idle || old) expired.push_back(connection);
  }
  for (const auto& connection : expired) close(connection, 1001, "Going away");
}

void Gateway::stop(std::function<void()> stopped) {
  stopping_ = true;
  for (const auto& [id, connection] : std::map(connections_)) close(connection, 1001, "Going away");
  farewell_ = loop_.every(kFarewellPeriod, [this, stopped = std::move(stopped)] {
    const bool opening = opening_.use_count() > 1;
    if (!opening && connections_.empty() && closing_ == 0 && disconnects_.idle()) stopped();
  });
}

}  // namespace wsdeep::local
