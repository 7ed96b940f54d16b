#include "chat/checked_input.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"
#include "chat/chat.h"
#include "chat/failures.h"

namespace wsdeep::chat {

std::string checked_text(std::string_view raw, std::size_t max_characters) {
  std::string text = strip_control(raw);
  if (trim(text).empty()) throw invalid_input("The message is empty.");
  const std::size_t length = utf8_length(text);
  if (length > max_characters)
    throw invalid_input(
        fmt::format("The message is too long: {} characters, at most {} are allowed.", length, max_characters));
  return text;
}

/// Any that could stand in a key.
std::string checked_message_id(const std::string& id) {
  constexpr std::size_t kMaxMessageIdCharacters = 64;
  if (id.size() > kMaxMessageIdCharacters || !is_chat_id(id))
    throw invalid_input("data.messageId: expected 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
  return id;
}

}  // namespace wsdeep::chat
