#pragma once

#include <initializer_list>
#include <memory>
#include <string>

#include "chat/chat.h"
#include "handlers/dynamo_chats.h"
#include "handlers/dynamo_connections.h"
#include "handlers/dynamo_rooms.h"
#include "handlers/services.h"

namespace wsdeep::handlers {

/// What one thread of a chat function keeps between invocations: its services, and what the environment says of the
/// tables (CONNECTIONS_TABLE, ROOMS_TABLE, CHATS_TABLE) and the limits.
class Backend {
 public:
  /// Throws Error{kUsage} when one of the variables `required` is missing, or a limit is out of range.
  Backend(const Env& env, const Clock& time, std::initializer_list<const char*> required = {})
      : services(env, time),
        clock(time),
        limits(handlers::limits(env)),
        connections_table(env.get_or("CONNECTIONS_TABLE", "")),
        rooms_table(env.get_or("ROOMS_TABLE", "")),
        chats_table(env.get_or("CHATS_TABLE", "")) {
    for (const char* name : required) env.require(name);
  }

  Services services;
  const Clock& clock;
  const chat::Limits limits;
  const std::string connections_table;
  const std::string rooms_table;  ///< empty: there are no rooms
  const std::string chats_table;
};

/// The tables as the chat rules see them, for one invocation, whose deadline bounds their calls.
class Tables {
 public:
  Tables(Backend& backend, const Call& call)
      : context(context_of(call)),
        connections(backend.services.dynamodb, backend.connections_table, context),
        rooms(backend.services.dynamodb, backend.rooms_table, backend.connections_table, context),
        chats(backend.services.dynamodb, backend.chats_table, backend.limits.chat_retention, backend.clock, context,
              call.invocation.request_id) {}
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  const aws::CallContext context;
  DynamoConnections connections;
  DynamoRooms rooms;
  DynamoChats chats;
};

/// The whole of a function's `main`: serves invocations by one `Handler(env, clock)` a thread.
template <typename Handler>
int serve() {
  const Env env = Env::of_process();
  const SystemClock clock;
  return serve(env, clock, [&] { return std::make_unique<Handler>(env, clock); });
}

}  // namespace wsdeep::handlers
