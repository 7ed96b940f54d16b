#pragma once

#include <string>
#include <vector>

#include "wire/llm.h"

/// The ranges of contract §1. Private to this folder.
namespace wsdeep::chat {

/// Brings every parameter into its range; what had to change is in the result, `temperature: 9 → 2`.
std::vector<std::string> clamp_parameters(GenerationParameters& parameters);

}  // namespace wsdeep::chat
