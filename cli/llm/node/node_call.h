#pragma once

#include "llm/node/call_source.h"

/// The calls of a node. Private to cli/llm.
namespace wsdeep::llm {

/// Waits for one call of each method; a call that arrives waits for its successor. Calls delete themselves.
void wait_for_calls(CallSource& source);

}  // namespace wsdeep::llm
