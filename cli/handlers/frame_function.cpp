#include "handlers/frame_function.h"

#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {

FrameFunction::FrameFunction(const Env& env, const Clock& clock)
    : env_(env), backend_(env, clock), generate_function_(env.get_or("GENERATE_FUNCTION", "")) {}

std::string FrameFunction::answer(const Call& call) {
  const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
  InvocationLog line("frame", call, event.context.connection_id, backend_.clock);
  line.add("route", event.context.route_key);
  line.add("bytes", event.body.size());
  const std::string callback = callback_url(env_, event.context.api_id, event.context.stage);
  Tables tables(backend_, call);
  ApiReplies replies(backend_.services.connections, callback, tables.context);
  LambdaGenerations generations(backend_.services.lambda, generate_function_, callback, tables.context);
  const chat::MessagePorts ports{tables.connections, tables.rooms, tables.chats, replies, generations, backend_.clock};
  const std::string cause = chat::handle_frame(event.context.connection_id, event.body, ports, backend_.limits);
  if (cause.empty()) return wire::encode(wire::ProxyResult{200, {}, ""});
  line.add("cause", cause);
  // Counted as an IntegrationError, and told to nobody: a failed function would make API Gateway send a second frame.
  return wire::encode(wire::ProxyResult{500, {}, ""});
}

}  // namespace wsdeep::handlers
