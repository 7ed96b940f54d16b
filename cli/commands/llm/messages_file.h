#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/llm.h"

namespace wsdeep::commands {

/// The messages of a JSON list of {"role", "content"}, or of JSON lines with one each. Throws Error{kUsage} that points
/// at what is wrong: `FILE:3:5: expected …`.
std::vector<ChatMessage> parse_messages(std::string_view text, const std::string& file);

}  // namespace wsdeep::commands
