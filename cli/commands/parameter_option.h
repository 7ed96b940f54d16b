#pragma once

#include <string>
#include <string_view>

#include "wire/llm.h"

namespace wsdeep::commands {

/// Sets one `key=value` of the sampling parameters, by either of their spellings; an empty value unsets it. Throws
/// Error{kUsage} for an unknown key, with a near miss, and for a value of the wrong type.
void set_parameter(GenerationParameters& parameters, std::string_view assignment);
/// `temperature=0.7 maxTokens=100`, or "" when none is set.
std::string describe(const GenerationParameters& parameters);

}  // namespace wsdeep::commands
