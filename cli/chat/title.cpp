#include "chat/title.h"

#include "base/text.h"

namespace wsdeep::chat {
namespace {

constexpr std::size_t kMaxTitleCharacters = 80;

}  // namespace

std::string title_of(std::string_view text) {
  const std::string_view line = trim(trim(text).substr(0, trim(text).find('\n')));
  std::size_t end = 0;
  for (std::size_t characters = 0; end < line.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(line[end]) & 0xC0) != 0x80;
    if (starts && characters++ == kMaxTitleCharacters) return std::string(line.substr(0, end)) + "…";
  }
  return std::string(line);
}

}  // namespace wsdeep::chat
