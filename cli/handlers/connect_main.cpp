// $connect: stores the connection and opens, or resumes, the chat; it is in the lobby then, where there are rooms. The
// authorizer has said who it is. With a backend, that says first whether the session may be entered.
#include "auth/token_sources.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "handlers/backend.h"
#include "handlers/backend_link.h"
#include "handlers/dynamo_backend_connections.h"
#include "handlers/http_backend.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"
#include "wire/json_fields.h"

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
  const std::string user = text_of(context, "userId"), email = text_of(context, "email");
  std::string name = text_of(context, "username");
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

/// The claim `sessionId` of a token, which the authorizer has verified; "" when it has none.
std::string session_claim(std::string_view token) {
  const auto parts = split(token, '.');
  const auto claims = parts.size() == 3 ? from_base64url(parts[1]) : std::nullopt;
  if (!claims) return {};
  try {
    const wire::Json document = wire::parse_json(*claims, "the token");
    return wire::JsonFields(document).text_or("sessionId", "");
  } catch (const Error&) {
    return {};
  }
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
    link_->secret.text();  // one that cannot be read is better known before anybody comes
  }

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("connect", call, event.context.connection_id, backend_.clock);
    chat::Arrival arrival = arrival_of(event);
    // Without an authorizer in front there is no identity to store: the stage is set up wrongly.
    if (arrival.user_id.empty()) throw FunctionFailure("Unauthorized", "Function.Unauthorized");
    Tables tables(backend_, call);
    const wire::ProxyResult result =
        link_ == nullptr ? open_chat(event, arrival, tables) : enter_both(event, std::move(arrival), tables, line);
    line.add("status", result.status_code);
    return wire::encode(result);
  }

 private:
  wire::ProxyResult open_chat(const wire::GatewayEvent& event, const chat::Arrival& arrival, Tables& tables) {
    ApiReplies replies(backend_.services.connections, callback_url(env_, event.context.api_id, event.context.stage),
                       tables.context);
    return answer_to(chat::connect(arrival, {tables.connections, tables.rooms, replies, backend_.clock}, tables.chats,
                                   backend_.limits));
  }

  /// The backend's session first, then the chat beside it.
  wire::ProxyResult enter_both(const wire::GatewayEvent& event, chat::Arrival arrival, Tables& tables,
                               InvocationLog& line) {
    const chat::BackendArrival visitor = visitor_of(event, arrival);
    const wire::BackendClient client{visitor.connection_id, visitor.session_id, visitor.user_id};
    const chat::BackendOutcome outcome = enter(visitor, tables.context, line);
    if (outcome.status != 200) return {outcome.status, {}, outcome.body};
    arrival.session_id = chat::chat_of_session(client);
    // No `$disconnect` comes for who is refused, so that nobody else would take the item away.
    try {
      wire::ProxyResult result = open_chat(event, arrival, tables);
      if (result.status_code == 200)
        result.body = outcome.body;
      else
        forget(client, tables.context, line);
      return result;
    } catch (...) {
      forget(client, tables.context, line);
      throw;
    }
  }

  void forget(const wire::BackendClient& client, const aws::CallContext& context, InvocationLog& line) {
    try {
      DynamoBackendConnections(backend_.services.dynamodb, backend_table_, context).remove(client);
    } catch (const Error& error) {
      line.add("stays", error.what());
    }
  }

  /// The session that is named in the query, or as the source document has it, by the token.
  chat::BackendArrival visitor_of(const wire::GatewayEvent& event, const chat::Arrival& arrival) const {
    const bool in_query = env_.get_or("TOKEN_IN_QUERY", "false") == "true";
    const std::string token = auth::find_token(event.headers, event.query, in_query).value_or("");
    std::string session = arrival.session_id.value_or("");
    if (session.empty()) session = session_claim(token);
    return {arrival.connection_id, arrival.user_id, session, token, arrival.connected_at_ms};
  }

  /// Asks the backend, by the client's own token.
  chat::BackendOutcome enter(const chat::BackendArrival& visitor, const aws::CallContext& context,
                             InvocationLog& line) {
    HttpBackend http(*link_, wire_, backend_.clock, context);
    DynamoBackendConnections connections(backend_.services.dynamodb, backend_table_, context);
    chat::BackendOutcome outcome = chat::enter_session(visitor, http, connections, link_->setup.rules);
    line.add("backendStatus", outcome.backend_status);
    line.add("circuit", link_->state());
    if (!outcome.cause.empty()) line.add("cause", outcome.cause);
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
