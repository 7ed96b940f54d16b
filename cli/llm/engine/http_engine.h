#pragma once

#include <memory>

#include "llm/engine/engine.h"
#include "llm/engine/http_engine_options.h"

namespace wsdeep::llm {

/// Throws Error{kUsage} that names the first option which makes no sense.
void validate(const HttpEngineOptions& options);

/// An engine in another process. It is healthy when it answers and has the model, which is asked in the background.
/// All generations are read in one thread of the engine's own; a cancelled one ends its request, which is how engines
/// learn to stop, and a held one lets the engine wait in its write. Throws as `validate`.
std::unique_ptr<Engine> make_http_engine(const HttpEngineOptions& options);

}  // namespace wsdeep::llm
