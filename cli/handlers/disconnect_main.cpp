// $disconnect: forgets the connection. API Gateway calls it on a best-effort basis; the item's ttl is the safety net.
#include "chat/chat.h"
#include "handlers/dynamo_connections.h"
#include "handlers/invocation_log.h"
#include "handlers/services.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

class Disconnect final : public Function {
 public:
  Disconnect(const Env& env, const Clock& clock)
      : services_(env, clock), connections_table_(env.require("CONNECTIONS_TABLE")), clock_(clock) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("disconnect", call, event.context.connection_id, clock_);
    line.add("code", event.context.disconnect_status_code.value_or(0));
    const aws::CallContext context = context_of(call);
    DynamoConnections connections(services_.dynamodb, connections_table_, context);
    chat::disconnect(event.context.connection_id, connections);
    return wire::encode(wire::ProxyResult{200, {}, ""});
  }

 private:
  Services services_;
  std::string connections_table_;
  const Clock& clock_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  using namespace wsdeep;
  const Env env = Env::of_process();
  const SystemClock clock;
  return handlers::serve(env, clock, [&] { return std::make_unique<handlers::Disconnect>(env, clock); });
}
