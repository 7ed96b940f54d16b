#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "llm/client.h"

namespace wsdeep::llm {

/// One generation, to its end: `on_text` gets the text as it comes, on the calling thread.
LlmOutcome generate(Client& client, const LlmRequest& request, std::chrono::seconds timeout,
                    const std::function<void(const std::string&)>& on_text);

}  // namespace wsdeep::llm
