#include "base/display.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep {
namespace {

/// The locale whose wcwidth() knows Unicode, for this thread and as long as it lives, whatever the user has set.
class UnicodeWidths {
 public:
  UnicodeWidths() : before_(unicode() == nullptr ? nullptr : ::uselocale(unicode())) {}
  UnicodeWidths(const UnicodeWidths&) = delete;
  UnicodeWidths& operator=(const UnicodeWidths&) = delete;
  ~UnicodeWidths() {
    if (before_ != nullptr) ::uselocale(before_);
  }

 private:
  static locale_t unicode() {
    static const locale_t locale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return locale;
  }

  locale_t before_;
};

/// A character, or a sequence that sets colours.
struct Piece {
  std::size_t bytes;
  std::size_t columns;
  bool colours = false;
};

wchar_t first_character(std::string_view text, std::size_t bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (bytes == 1) return byte(0);
  wchar_t code = byte(0) & (0xFF >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (byte(i) & 0x3F);
  return code;
}

/// What starts `text`, which is not empty.
Piece first_piece(std::string_view text) {
  if (const std::size_t sequence = sgr_sequence(text); sequence > 0) return {sequence, 0, true};
  const std::size_t bytes = std::max<std::size_t>(1, byte_of(text, 1));
  return {bytes, static_cast<std::size_t>(std::max(0, ::wcwidth(first_character(text, bytes))))};
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const Piece piece = first_piece(text);
    width += piece.columns;
    text.remove_prefix(piece.bytes);
  }
  return width;
}

/// The first byte of what fits into the last `columns`.
std::size_t tail_of(std::string_view text, std::size_t columns) {
  std::size_t at = 0;
  for (std::size_t width = width_of(text); width > columns;) {
    const Piece piece = first_piece(text.substr(at));
    width -= piece.columns;
    at += piece.bytes;
  }
  return at;
}

/// What fits into `columns`, and of the rest the colours alone: between them stands `mark`.
std::string head_of(std::string_view text, std::size_t columns, std::string_view mark) {
  std::string head, colours;
  bool full = false;
  for (std::size_t width = 0; !text.empty();) {
    const Piece piece = first_piece(text);
    full = full || width + piece.columns > columns;
    if (!full) width += piece.columns;
    if (!full) head += text.substr(0, piece.bytes);
    if (full && piece.colours) colours += text.substr(0, piece.bytes);
    text.remove_prefix(piece.bytes);
  }
  return head.append(mark).append(colours);
}

}  // namespace

std::size_t sgr_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const std::size_t end = text.find_first_not_of("0123456789;:", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

std::size_t display_width(std::string_view text) {
  const UnicodeWidths widths;
  return width_of(text);
}

std::string styled(std::string_view sgr, std::string_view text) {
  return sgr.empty() || text.empty() ? std::string(text) : fmt::format("\x1b[{}m{}\x1b[0m", sgr, text);
}

std::string cut_end(const std::string& text, std::size_t columns) {
  const UnicodeWidths widths;
  if (columns == 0 || width_of(text) <= columns) return text;
  return head_of(text, columns - 1, "…");
}

std::string cut_middle(const std::string& text, std::size_t columns) {
  const UnicodeWidths widths;
  if (columns == 0 || width_of(text) <= columns) return text;
  const std::size_t tail = (columns - 1) / 2;
  return head_of(text, columns - 1 - tail, "…") + text.substr(tail_of(text, tail));
}

std::string wrap(std::string_view text, std::size_t columns, std::size_t indent) {
  if (columns == 0) return std::string(text);
  std::string out;
  std::size_t used = 0;
  bool first = true, begun = false;  // blanks at the beginning are the first line's own indentation
  for (const std::string_view word : split(text, ' ')) {
    const std::size_t width = display_width(word);
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
