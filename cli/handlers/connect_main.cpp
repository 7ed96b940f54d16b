// $connect: stores the connection and opens, or resumes, the chat. The authorizer has said who it is.
#include "handlers/backend.h"
#include "handlers/invocation_log.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

std::string text_of(const wire::AuthorizerContext& context, std::string_view name) {
  const auto found = context.find(name);
  if (found == context.end()) return {};
  const auto* text = std::get_if<std::string>(&found->second);
  return text != nullptr ? *text : std::string();
}

chat::Arrival arrival_of(const wire::GatewayEvent& event) {
  chat::Arrival arrival;
  arrival.connection_id = event.context.connection_id;
  arrival.user_id = text_of(event.context.authorizer, "userId");
  arrival.user_email = text_of(event.context.authorizer, "email");
  arrival.domain_name = event.context.domain_name;
  arrival.stage = event.context.stage;
  arrival.origin = wire::field(event.headers, "Origin").value_or("");
  arrival.session_id = wire::field(event.query, "sessionId");
  arrival.connected_at_ms = event.context.connected_at_ms;
  return arrival;
}

wire::ProxyResult answer_to(chat::ConnectVerdict verdict) {
  switch (verdict) {
    case chat::ConnectVerdict::kAccepted:
      return {200, {}, ""};
    case chat::ConnectVerdict::kBadSession:
      return {400, {}, R"({"error":"Session id is not valid"})"};
    case chat::ConnectVerdict::kForeignSession:
      return {403, {}, R"({"error":"Session belongs to another user"})"};
  }
  return {500, {}, ""};
}

class Connect final : public Function {
 public:
  Connect(const Env& env, const Clock& clock) : backend_(env, clock, {"CONNECTIONS_TABLE", "CHATS_TABLE"}) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("connect", call, event.context.connection_id, backend_.clock);
    const chat::Arrival arrival = arrival_of(event);
    // Without an authorizer in front there is no identity to store: the stage is set up wrongly.
    if (arrival.user_id.empty()) throw FunctionFailure("Unauthorized", "Function.Unauthorized");
    Tables tables(backend_, call);
    const auto verdict = chat::connect(arrival, tables.connections, tables.chats, backend_.limits);
    const wire::ProxyResult result = answer_to(verdict);
    line.add("status", result.status_code);
    return wire::encode(result);
  }

 private:
  Backend backend_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Connect>();
}
