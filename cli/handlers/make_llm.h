#pragma once

#include <memory>

#include "base/clock.h"
#include "base/env.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// The model that a function asks, as its environment says; one for the whole process, safe to use from several
/// threads. LLM_ENGINE chooses: `fleet`, which is what counts when it is not there, with LLM_URL and LLM_CA_FILE (STACK
/// is whose metric tells that there was no node); `bedrock` and `bedrock-agent` as handlers/bedrock_llm.h has them.
/// Throws Error{kUsage} that names the variable that is missing or wrong. `clock` must outlive it.
std::unique_ptr<chat::Llm> make_llm(const Env& env, const Clock& clock);

}  // namespace wsdeep::handlers
