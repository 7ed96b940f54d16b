#pragma once

#include <memory>

#include "base/clock.h"
#include "base/env.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// The model that a function asks, as its environment says; one for the whole process, safe to use from several
/// threads. The fleet: LLM_URL and LLM_CA_FILE; STACK is whose metric tells that there was no node.
/// Throws Error{kUsage} that names the variable that is missing or wrong. `clock` must outlive it.
std::unique_ptr<chat::Llm> make_llm(const Env& env, const Clock& clock);

}  // namespace wsdeep::handlers
