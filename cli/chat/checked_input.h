#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What a client's words must be. Private to this folder.
namespace wsdeep::chat {

/// The text without control characters. Throws a Refusal for what is empty or too long.
std::string checked_text(std::string_view raw, std::size_t max_characters);

/// A message's id that its client made: 1..64 characters of [A-Za-z0-9_-], as our own UUIDs are. Throws a Refusal.
std::string checked_message_id(const std::string& id);

}  // namespace wsdeep::chat
