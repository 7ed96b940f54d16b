// $disconnect: leaves the rooms, and forgets the connection. API Gateway calls it on a best-effort basis; the item's
// ttl is the safety net. With a backend, somebody is told to tell it.
#include <algorithm>
#include <exception>

#include "chat/backend.h"
#include "chat/chat.h"
#include "handlers/backend.h"
#include "handlers/backend_notices.h"
#include "handlers/dynamo_backend_connections.h"
#include "handlers/invocation_log.h"
#include "handlers/replies.h"
#include "wire/gateway_event.h"

namespace wsdeep::handlers {
namespace {

constexpr std::chrono::milliseconds kHandingOn{3000};

class Disconnect final : public Function {
 public:
  Disconnect(const Env& env, const Clock& clock)
      : env_(env),
        backend_(env, clock, {"CONNECTIONS_TABLE"}),
        backend_table_(env.get_or("BACKEND_TABLE", "")),
        backend_function_(backend_table_.empty() ? "" : env.require("BACKEND_FUNCTION")),
        untold_queue_(env.get_or("UNTOLD_QUEUE", "")),
        queues_(backend_.services.http, client_options(env, "SQS", "sqs"), backend_.services.credentials, clock) {}

  std::string answer(const Call& call) override {
    const wire::GatewayEvent event = wire::parse_gateway_event(call.invocation.payload);
    InvocationLog line("disconnect", call, event.context.connection_id, backend_.clock);
    line.add("code", event.context.disconnect_status_code.value_or(0));
    Tables tables(backend_, call);
    const std::exception_ptr untold = leave_backend(event, tables.context, line);
    ApiReplies replies(backend_.services.connections, callback_url(env_, event.context.api_id, event.context.stage),
                       tables.context);
    chat::disconnect(event.context.connection_id, {tables.connections, tables.rooms, replies, backend_.clock},
                     backend_.limits);
    if (untold) std::rethrow_exception(untold);
    return wire::encode(wire::ProxyResult{200, {}, ""});
  }

 private:
  /// What kept the word from being handed on: the chat is left in any case.
  std::exception_ptr leave_backend(const wire::GatewayEvent& event, const aws::CallContext& context,
                                   InvocationLog& line) {
    if (backend_table_.empty()) return nullptr;
    try {
      DynamoBackendConnections connections(backend_.services.dynamodb, backend_table_, context);
      // What cannot be handed on in time has to find time for the queue, and the chat for itself.
      const SteadyTime now = backend_.clock.steady_now();
      const aws::CallContext hasty{std::min(*context.deadline, now + kHandingOn), {}};
      const aws::CallContext queueing{std::min(*context.deadline, now + 2 * kHandingOn), {}};
      LambdaNotices first(backend_.services.lambda, backend_function_, untold_queue_.empty() ? queueing : hasty);
      QueuedNotices notices(first, queues_, untold_queue_, queueing);
      const auto left = chat::leave_session(event.context.connection_id, connections, notices);
      line.add("backend", left.client ? "will be told" : "knows no such connection");
      if (!left.cause.empty()) line.add("sessionUnknownSince", left.cause);
      if (!notices.cause().empty()) line.add("inQueueSince", notices.cause());
      return nullptr;
    } catch (const Error& error) {
      line.add("cause", error.what());
      return std::current_exception();
    }
  }

  const Env& env_;
  Backend backend_;
  std::string backend_table_;
  std::string backend_function_;
  std::string untold_queue_;  ///< its URL; empty: there is none
  aws::Sqs queues_;
};

}  // namespace
}  // namespace wsdeep::handlers

int main() {
  return wsdeep::handlers::serve<wsdeep::handlers::Disconnect>();
}
