#include "base/printable.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace wsdeep {
namespace {

/// Length of the well-formed character at the start of `text`; 0 when there is none.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return length <= text.size() && is_utf8(text.substr(0, length)) ? length : 0;
}

/// Separators of lines and paragraphs, and what embeds, overrides and isolates directions.
bool bends_lines(char32_t c) {
  return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

std::string escape_of(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  const unsigned char c = byte(0);
  if (character.size() == 1 && c == '\n') return "\\n";
  if (character.size() == 1 && c == '\r') return "\\r";
  if (character.size() == 1 && c == '\t') return "\\t";
  if (character.size() == 1 && (c < 0x20 || c == 0x7F)) return fmt::format("\\x{:02x}", c);
  if (character.size() == 2 && c == 0xC2 && byte(1) < 0xA0) return fmt::format("\\x{:02x}", byte(1));
  if (character.size() != 3) return std::string(character);
  const char32_t code = (c & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
  return bends_lines(code) ? fmt::format("\\u{:04x}", static_cast<unsigned>(code)) : std::string(character);
}

std::string escaped(std::string_view text, bool keep_lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    if (length == 0)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    else if (keep_lines && (text[0] == '\n' || text[0] == '\t'))
      out += text[0];
    else
      out += escape_of(text.substr(0, length));
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) {
  return escaped(text, false);
}

std::string printable_lines(std::string_view text) {
  return escaped(text, true);
}

std::string strip_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c0 = (c < 0x20 && c != '\t' && c != '\n') || c == 0x7F;
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c1) ++i;
    if (!c0 && !c1) out += text[i];
  }
  return out;
}

}  // namespace wsdeep
