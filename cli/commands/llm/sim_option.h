#pragma once

#include <string_view>

#include "llm/engine/sim_engine.h"

namespace wsdeep::commands {

/// Sets one `key=value` of the simulated engine, or `queue`, which is its node's. Throws Error{kUsage} for an unknown
/// key, with a near miss, and for a value of the wrong type.
void set_sim_option(llm::SimOptions& sim, int& queue, std::string_view assignment);

}  // namespace wsdeep::commands
