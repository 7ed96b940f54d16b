#pragma once

#include <chrono>
#include <functional>
#include <stop_token>

#include "llm/client/client.h"

namespace wsdeep::llm {

/// How a generation is made, beside its request.
struct GenerateCall {
  std::chrono::milliseconds timeout{};  ///< of all, retries included
  int retries = 0;                      ///< how often it is tried again, as long as nothing came
  std::stop_token cancel;               ///< ends it, with LlmFault::kCancelled
  /// The pieces as they come, on the calling thread.
  std::function<void(const LlmChunk&)> on_chunk;
  /// It failed so, and is tried again after `wait`. May be empty.
  std::function<void(const LlmOutcome&, std::chrono::milliseconds wait)> on_retry;
};

/// One generation, to its end. Tried again is what a node had no room or no life for, when it says, else after a random
/// part of 0.2 s, 0.4 s …; without the cookie, which may have led to a node that is full or gone. Of a failure
/// `explain` has told why.
LlmOutcome generate(Client& client, const LlmRequest& request, const GenerateCall& call);

}  // namespace wsdeep::llm
