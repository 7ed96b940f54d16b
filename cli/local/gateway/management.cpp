// @connections: what the functions say to clients, and ask about them.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
#include <fmt/format.h>

#include "base/encoding.h"
#include "base/text.h"
#include "base/utf8.h"
#include "local/api/json_response.h"
#include "local/gateway/connection.h"

namespace wsdeep::local {
namespace {

constexpr std::size_t kMaxPostBytes = 131072;
// A client that does not read: beyond this, posts to it are refused instead of kept.
constexpr std::size_t kMaxQueuedBytes = 4 << 20;

bool looks_like_connection_id(std::string_view id) {
  return id.size() == 16 && id.back() == '=' && from_base64url(id.substr(0, 15)).has_value();
}

std::string message_body(std::string_view message) {
  return fmt::format(R"({{"message":"{}"}})", json_escape(message));
}

net::HttpResponse management_error(int status, std::string_view type, std::string_view message = {}) {
  return json_response(status, message.empty() ? std::string() : message_body(message),
                       {{"x-amzn-ErrorType", std::string(type)}});
}

}  // namespace

/// The stage's own path, and that of a custom domain whose mapping leads to the stage: whoever builds the address from
/// the event's `domainName`, which is no execute-api name here, leaves the stage out.
bool Gateway::manages(std::string_view path) const {
  const std::string stage = "/" + options_.stage;
  if (path.starts_with(stage + "/")) path.remove_prefix(stage.size());
  return path.starts_with("/@connections/") || path.starts_with("/%40connections/");
}

void Gateway::handle_management(net::HttpExchange& exchange) {
  const net::HttpRequest& request = exchange.request();
  const std::string_view path = std::string_view(request.target).substr(0, request.target.find('?'));
  const std::string id = percent_decode(path.substr(path.rfind('/') + 1)).value_or("");
  if (!looks_like_connection_id(id))
    return exchange.respond(management_error(400, "BadRequestException", "Invalid connectionId: " + id));
  const auto found = connections_.find(id);
  if (found == connections_.end()) return exchange.respond(management_error(410, "GoneException"));
  const std::shared_ptr<Connection> connection = found->second;
  if (request.method == "POST") return exchange.respond(post(*connection, request.body));
  if (request.method == "GET") return exchange.respond(describe(*connection));
  if (request.method == "DELETE") {
    close(connection, 1000, "Connection Closed Normally");
    return exchange.respond({204, {}, ""});
  }
  exchange.respond(json_response(403, message_body("Missing Authentication Token")));
}

/// It goes out as a text frame, which only UTF-8 may be in (RFC 6455 §5.6): a client would end the connection over
/// anything else.
net::HttpResponse Gateway::post(Connection& connection, const std::string& data) {
  if (data.size() > kMaxPostBytes) return management_error(413, "PayloadTooLargeException", "Payload Too Large");
  if (!is_utf8(data)) return management_error(400, "BadRequestException", "Invalid data: not UTF-8");
  if (connection.socket->queued_bytes() + data.size() > kMaxQueuedBytes)
    return management_error(429, "LimitExceededException");
  connection.touch(clock_);
  connection.socket->send_text(data);
  return {200, {}, ""};
}

net::HttpResponse Gateway::describe(const Connection& connection) const {
  return json_response(
      200, fmt::format(R"({{"connectedAt":"{}","identity":{{"sourceIp":"{}","userAgent":"{}"}},"lastActiveAt":"{}"}})",
                       iso8601_ms(from_epoch_ms(connection.connected_at_ms)), json_escape(connection.source_ip),
                       json_escape(connection.user_agent.value_or("")),
                       iso8601_ms(from_epoch_ms(connection.last_active_ms))));
}

}  // namespace wsdeep::local
