// $connect: stores the connection and opens, or resumes, the chat; it is in the lobby then, where there are rooms. The
// authorizer has said who it is. With a backend, that says first whether the session may be entered.
#include "auth/token_sources.h"
#include "handlers/backend.h"
#include "handlers/backend_link.h"
#include "handlers/dynamo_backend_connections.h"
#include "handlers/http_backend.h"
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
  Connect(const Env& env, const Clock& clock)
      : env_(env), backend_(env, clock, {"CONNECTIONS_TABLE", "CHATS_TABLE"}), link_(backend_link(env, clock)) {
    if (link_ == nullptr) return;
    backend_table_ = env.require("BACKEND_TABLE");
    link_->secret.value();  // one that cannot be read is better known before anybody comes
  }

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("connect", call, event.context.connection_id, backend_.clock);
    chat::Arrival arrival = arrival_of(event);
    // Without an authorizer in front there is no identity to store: the stage is set up wrongly.
    if (arrival.user_id.empty()) throw FunctionFailure("Unauthorized", "Function.Unauthorized");
    Tables tables(backend_, call);
    std::string welcome;
    if (link_ != nullptr) {
      const chat::BackendOutcome outcome = enter(event, arrival, tables.context, line);
      if (outcome.status != 200) return wire::encode(wire::ProxyResult{outcome.status, {}, outcome.body});
      welcome = outcome.body;
      arrival.session_id =
          chat::chat_of_session({arrival.connection_id, arrival.session_id.value_or(""), arrival.user_id});
    }
    ApiReplies replies(backend_.services.connections, callback_url(env_, event.context.api_id, event.context.stage),
                       tables.context);
    const auto verdict = chat::connect(arrival, {tables.connections, tables.rooms, replies, backend_.clock},
                                       tables.chats, backend_.limits);
    wire::ProxyResult result = answer_to(verdict);
    if (result.status_code == 200) result.body = welcome;
    line.add("status", result.status_code);
    return wire::encode(result);
  }

 private:
  /// Asks the backend, by the client's own token.
  chat::BackendOutcome enter(const wire::GatewayEvent& event, const chat::Arrival& arrival,
                             const aws::CallContext& context, InvocationLog& line) {
    const bool in_query = env_.get_or("TOKEN_IN_QUERY", "false") == "true";
    HttpBackend http(*link_, wire_, backend_.clock, context);
    DynamoBackendConnections connections(backend_.services.dynamodb, backend_table_, context);
    const chat::BackendOutcome outcome = chat::enter_session(
        {arrival.connection_id, arrival.user_id, arrival.session_id.value_or(""),
         auth::find_token(event.headers, event.query, in_query).value_or(""), arrival.connected_at_ms},
        http, connections, link_->setup.rules);
    line.add("backendStatus", outcome.backend_status);
    line.add("circuit", link_->state());
    if (!outcome.cause.empty()) line.add("cause", outcome.cause);
    if (outcome.status != 200) line.add("status", outcome.status);
    return outcome;
  }

  const Env& env_;
  Backend backend_;
  BackendLink* link_;  ///< nullptr: there is no backend
  BackendWire wire_;
  std::string backend_table_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Connect>();
}
