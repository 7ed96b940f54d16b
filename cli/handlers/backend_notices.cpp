#include "handlers/backend_notices.h"

#include "base/error.h"
#include "handlers/throttling.h"
#include "wire/json_writer.h"

namespace wsdeep::handlers {

void LambdaNotices::leave(const wire::BackendClient& client) {
  guarded([&] { lambda_.invoke_async(function_, wire::encode_notice(client), context_); });
}

void QueuedNotices::leave(const wire::BackendClient& client) {
  try {
    return first_.leave(client);
  } catch (const Error& error) {
    if (url_.empty()) throw;
    cause_ = error.what();
  }
  const std::string context = wire::JsonObject().add("condition", "NotHandedOn").text();
  const std::string message = wire::JsonObject()
                                  .add_json("requestContext", context)
                                  .add_json("requestPayload", wire::encode_notice(client))
                                  .text();
  queues_.send(url_, message, context_);
}

}  // namespace wsdeep::handlers
