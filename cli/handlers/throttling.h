#pragma once

#include <utility>

#include "aws/client.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// Runs one call of an adapter; a service that still throttles after the client's retries becomes chat::Throttled.
template <typename Call>
auto guarded(Call&& call) -> decltype(call()) {
  try {
    return std::forward<Call>(call)();
  } catch (const aws::ServiceError& error) {
    if (aws::is_throttling(error)) throw chat::Throttled(error.what());
    throw;
  }
}

}  // namespace wsdeep::handlers
