// $disconnect: forgets the connection. API Gateway calls it on a best-effort basis; the item's ttl is the safety net.
#include "chat/chat.h"
#include "handlers/backend.h"
#include "handlers/invocation_log.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

class Disconnect final : public Function {
 public:
  Disconnect(const Env& env, const Clock& clock) : backend_(env, clock, {"CONNECTIONS_TABLE"}) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("disconnect", call, event.context.connection_id, backend_.clock);
    line.add("code", event.context.disconnect_status_code.value_or(0));
    Tables tables(backend_, call);
    chat::disconnect(event.context.connection_id, tables.connections);
    return wire::encode(wire::ProxyResult{200, {}, ""});
  }

 private:
  Backend backend_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Disconnect>();
}
