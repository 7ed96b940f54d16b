// $disconnect: leaves the rooms, and forgets the connection. API Gateway calls it on a best-effort basis; the item's
// ttl is the safety net.
#include "chat/chat.h"
#include "handlers/backend.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

class Disconnect final : public Function {
 public:
  Disconnect(const Env& env, const Clock& clock) : env_(env), backend_(env, clock, {"CONNECTIONS_TABLE"}) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("disconnect", call, event.context.connection_id, backend_.clock);
    line.add("code", event.context.disconnect_status_code.value_or(0));
    Tables tables(backend_, call);
    ApiReplies replies(backend_.services.connections, callback_url(env_, event.context.api_id, event.context.stage),
                       tables.context);
    chat::disconnect(event.context.connection_id, {tables.connections, tables.rooms, replies, backend_.clock},
                     backend_.limits);
    return wire::encode(wire::ProxyResult{200, {}, ""});
  }

 private:
  const Env& env_;
  Backend backend_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Disconnect>();
}
