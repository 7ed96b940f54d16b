#pragma once

#include <chrono>
#include <functional>

#include "llm/client/client.h"

namespace wsdeep::llm {

/// One generation, to its end: `on_chunk` gets its pieces as they come, on the calling thread.
LlmOutcome generate(Client& client, const LlmRequest& request, std::chrono::seconds timeout,
                    const std::function<void(const LlmChunk&)>& on_chunk);

}  // namespace wsdeep::llm
