#pragma once

#include <cstdint>

#include "stack/settings/settings.h"

namespace wsdeep::stack {

/// How long a node of these settings may take from its launch until it serves: a cautious guess by what the model comes
/// through, for weights that are known; 0 for others.
std::int64_t start_minutes(const LlmSettings& llm);

/// True when an update of the stack replaces the nodes, each within the hour that CloudFormation waits for one. Else
/// `wsdeep deploy` has an instance refresh replace them: for a model that may take longer, for the instances' own
/// disks, which each node has to fill anew, and beside a warm pool, whose nodes still have the template of before.
bool updates_roll(const LlmSettings& llm);

}  // namespace wsdeep::stack
