#include "handlers/frame_function.h"

#include "handlers/dynamo_chats.h"
#include "handlers/dynamo_connections.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {

FrameFunction::FrameFunction(const Env& env, const Clock& clock)
    : env_(env),
      clock_(clock),
      services_(env, clock),
      connections_table_(env.get_or("CONNECTIONS_TABLE", "")),
      chats_table_(env.get_or("CHATS_TABLE", "")),
      generate_function_(env.get_or("GENERATE_FUNCTION", "")),
      limits_(limits(env)) {}

std::string FrameFunction::answer(const Call& call) {
  const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
  InvocationLog line("frame", call, event.context.connection_id, clock_);
  line.add("route", event.context.route_key);
  line.add("bytes", event.body.size());
  const aws::CallContext context = context_of(call);
  const std::string callback = callback_url(env_, event.context.api_id, event.context.stage);
  DynamoConnections connections(services_.dynamodb, connections_table_, context);
  DynamoChats chats(services_.dynamodb, chats_table_, limits_.chat_retention, clock_, context);
  ApiReplies replies(services_.connections, callback, context);
  LambdaGenerations generations(services_.lambda, generate_function_, callback, context);
  chat::handle_frame(event.context.connection_id, event.body, {connections, chats, replies, generations, clock_},
                     limits_);
  return wire::encode(wire::ProxyResult{200, {}, ""});
}

}  // namespace wsdeep::handlers
