// $connect: stores the connection and opens, or resumes, the chat; it is in the lobby then, where there are rooms. The
// authorizer has said who it is.
#include "handlers/backend.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

std::string text_of(const wire::AuthorizerContext& context, std::string_view name) {
  const auto found = context.find(name);
  if (found == context.end()) return {};
  const auto* text = std::get_if<std::string>(&found->second);
  return text != nullptr ? *text : std::string();
}

/// A user whom the pool calls by the same id as its tokens' subject has no name: his e-mail's stands for it.
std::string name_of(const wire::AuthorizerContext& context) {
  const std::string user = text_of(context, "userId"), name = text_of(context, "username"),
                    email = text_of(context, "email");
  if (!name.empty() && name != user) return name;
  return email.empty() ? user : email.substr(0, email.find('@'));
}

chat::Arrival arrival_of(const wire::GatewayEvent& event) {
  chat::Arrival arrival;
  arrival.connection_id = event.context.connection_id;
  arrival.user_id = text_of(event.context.authorizer, "userId");
  arrival.user_email = text_of(event.context.authorizer, "email");
  arrival.user_name = name_of(event.context.authorizer);
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
  Connect(const Env& env, const Clock& clock) : env_(env), backend_(env, clock, {"CONNECTIONS_TABLE", "CHATS_TABLE"}) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("connect", call, event.context.connection_id, backend_.clock);
    const chat::Arrival arrival = arrival_of(event);
    // Without an authorizer in front there is no identity to store: the stage is set up wrongly.
    if (arrival.user_id.empty()) throw FunctionFailure("Unauthorized", "Function.Unauthorized");
    Tables tables(backend_, call);
    ApiReplies replies(backend_.services.connections, callback_url(env_, event.context.api_id, event.context.stage),
                       tables.context);
    const auto verdict = chat::connect(arrival, {tables.connections, tables.rooms, replies, backend_.clock},
                                       tables.chats, backend_.limits);
    const wire::ProxyResult result = answer_to(verdict);
    line.add("status", result.status_code);
    return wire::encode(result);
  }

 private:
  const Env& env_;
  Backend backend_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Connect>();
}
