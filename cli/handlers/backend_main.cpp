// The routes of a backend: each frame goes to it, and its answer back to the client. Called by `disconnect` instead, it
// tells the backend that a client has gone; when that fails Lambda calls again, and in the end keeps the word in a
// queue.
#include "handlers/backend.h"
#include "handlers/backend_link.h"
#include "handlers/dynamo_backend_connections.h"
#include "handlers/http_backend.h"
#include "handlers/invocation_log.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

/// A word of `disconnect` is a few hundred bytes; an event with a frame need not be looked through for one.
constexpr std::size_t kMaxNoticeBytes = 4096;

class BackendRoutes final : public Function {
 public:
  BackendRoutes(const Env& env, const Clock& clock)
      : backend_(env, clock), table_(env.require("BACKEND_TABLE")), link_(backend_link(env, clock)) {
    if (link_ == nullptr) env.require("BACKEND_URL");
    link_->secret.text();  // one that cannot be read is better known before anybody is let in
  }

  std::string answer(const Call& call) override {
    const aws::CallContext context = context_of(call);
    HttpBackend http(*link_, wire_, backend_.clock, context);
    const std::string& payload = call.invocation.payload;
    if (payload.size() <= kMaxNoticeBytes)
      if (const auto client = wire::parse_notice(payload)) return tell(*client, http, call, context);
    return forward(wire::parse_gateway_event(payload), http, call, context);
  }

 private:
  /// A word without a session is of a `disconnect` that could not read the table. Its item stays till its end.
  std::string tell(wire::BackendClient client, HttpBackend& http, const Call& call, const aws::CallContext& context) {
    InvocationLog line("backend-disconnect", call, client.connection_id, backend_.clock);
    try {
      if (client.session_id.empty()) {
        const auto known = client_of(client.connection_id, context);
        line.add("session", known ? "found" : "none");
        if (!known) return "{}";
        client = known->client;
      }
      chat::tell_disconnect(client, http);
    } catch (const Error& error) {
      line.add("cause", error.what());
      line.add("circuit", link_->state());
      throw;
    }
    return "{}";
  }

  std::string forward(const wire::GatewayEvent& event, HttpBackend& http, const Call& call,
                      const aws::CallContext& context) {
    InvocationLog line("backend", call, event.context.connection_id, backend_.clock);
    line.add("route", event.context.route_key);
    line.add("bytes", event.body.size());
    const chat::BackendOutcome outcome =
        chat::forward_frame(event.body, client_of(event.context.connection_id, context), http);
    if (outcome.backend_status != 0) line.add("backendStatus", outcome.backend_status);
    line.add("circuit", link_->state());
    if (!outcome.cause.empty()) line.add("cause", outcome.cause);
    return wire::encode(wire::ProxyResult{outcome.status, {}, outcome.body});
  }

  std::optional<chat::BackendConnection> client_of(const std::string& connection_id, const aws::CallContext& context) {
    if (auto known = link_->recall(connection_id)) return known;
    auto found = DynamoBackendConnections(backend_.services.dynamodb, table_, context).find(connection_id);
    if (found) link_->remember(*found);
    return found;
  }

  Backend backend_;
  std::string table_;
  BackendLink* link_;
  BackendWire wire_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::BackendRoutes>();
}
