#include "base/display.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep {

std::string cut_end(const std::string& text, std::size_t columns) {
  if (columns == 0 || utf8_length(text) <= columns) return text;
  return text.substr(0, byte_of(text, columns - 1)) + "…";
}

std::string cut_middle(const std::string& text, std::size_t columns) {
  const std::size_t length = utf8_length(text);
  if (columns == 0 || length <= columns) return text;
  const std::size_t tail = (columns - 1) / 2;
  return text.substr(0, byte_of(text, columns - 1 - tail)) + "…" + text.substr(byte_of(text, length - tail));
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t indent) {
  if (columns == 0) return std::string(text);
  std::string out;
  std::size_t used = 0;
  bool first = true, begun = false;  // blanks at the beginning are the first line's own indentation
  for (const std::string_view word : split(text, ' ')) {
    const std::size_t width = utf8_length(word);
    if (begun && used + 1 + width > columns) {
      out += "\n" + std::string(indent, ' ');
      used = indent;
    } else if (!first) {
      out += ' ';
      ++used;
    }
    out += word;
    used += width;
    first = false;
    begun = begun || !word.empty();
  }
  return out;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

}  // namespace wsdeep
