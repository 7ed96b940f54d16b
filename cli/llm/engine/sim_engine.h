#pragma once

#include <memory>

#include "llm/engine/engine.h"
#include "llm/engine/sim_options.h"

namespace wsdeep::llm {

/// Throws Error{kUsage} that names the first option which makes no sense: a negative or endless time, jitter outside
/// [0, 1), no slot, a share outside [0, 1], shares that add up to more than 1.
void validate(const SimOptions& options);

/// Answers that depend on nothing but seed, parameters and messages: equal requests get equal answers, and the answer
/// quotes the question and what was said before, so that a reader (and a test) sees that the history arrived. A token
/// is a word with the blanks before it, and comes as one chunk. A stop string ends the answer before it, max_tokens
/// (reasoning counted) with finish reason `length`. Throws as `validate`.
std::unique_ptr<Engine> make_sim_engine(const SimOptions& options);

}  // namespace wsdeep::llm
