#include "lab/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostArguments = 32;
constexpr int kMostNumber = 9999;

/// The code point that begins at `at`, which is moved behind it; `text` is well-formed.
char32_t next_code(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t offset) -> char32_t {
    return at + offset < text.size() ? static_cast<unsigned char>(text[at + offset]) : 0U;
  };
  const char32_t first = byte(0);
  const int more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  char32_t code = more == 0 ? first : first & (0x3FU >> more);
  for (int one = 1; one <= more; ++one) code = code << 6 | (byte(static_cast<std::size_t>(one)) & 0x3FU);
  at += static_cast<std::size_t>(more) + 1;
  return code;
}

std::string color_code(Color color, bool background) {
  if (color == kDefaultColor) return {};
  const int base = background ? 48 : 38;
  if ((color & kDirectColor) != 0)
    return fmt::format(";{};2;{};{};{}", base, color >> 16 & 0xFF, color >> 8 & 0xFF, color & 0xFF);
  if (color < 8) return fmt::format(";{}", base - 8 + color);
  if (color < 16) return fmt::format(";{}", base + 52 + color - 8);
  return fmt::format(";{};5;{}", base, color);
}

/// How to write with `pen`, from whatever was before.
std::string pen_code(const Pen& pen) {
  constexpr std::pair<std::uint16_t, const char*> kCodes[] = {
      {Pen::kBold, ";1"},  {Pen::kFaint, ";2"},   {Pen::kItalic, ";3"}, {Pen::kUnderline, ";4"},
      {Pen::kBlink, ";5"}, {Pen::kReverse, ";7"}, {Pen::kHidden, ";8"}, {Pen::kStrike, ";9"}};
  std::string code = "\x1b[0";
  for (const auto& [flag, text] : kCodes)
    if ((pen.flags & flag) != 0) code += text;
  return code + color_code(pen.foreground, false) + color_code(pen.background, true) + "m";
}

/// What is left of a wide character, when its other half was erased, is a blank.
void append_cell(std::string& out, const Cells& cells, int row, int col) {
  const Cell& cell = cells.at(row, col);
  const bool follows_wide = col > 0 && cells.at(row, col - 1).width == 2;
  const bool has_right = col + 1 < cells.cols() && cells.at(row, col + 1).width == 0;
  if (cell.width == 0 && follows_wide) return;
  if (cell.width == 0 || (cell.width == 2 && !has_right)) {
    out += ' ';
    return;
  }
  append_utf8(out, cell.code);
  for (const char32_t mark : cell.marks)
    if (mark != 0) append_utf8(out, mark);
}

}  // namespace

void Screen::feed(std::string_view bytes) {
  modes_.feed(bytes);
  const std::string text = text_.feed(bytes);
  for (std::size_t at = 0; at < text.size();) take(next_code(text, at));
}

void Screen::take(char32_t code) {
  if (state_ == State::kString) {  // titles and the like: to BEL, or to ESC and a backslash
    if (code == 0x07 || code == 0x18 || code == 0x1A) state_ = State::kText;
    if (code == 0x1B) state_ = State::kStringEscape;
    return;
  }
  if (state_ == State::kStringEscape && code == U'\\') {
    state_ = State::kText;
    return;
  }
  if (code == 0x1B) {
    state_ = State::kEscape;
    middle_ = 0;
    return;
  }
  if (code == 0x18 || code == 0x1A) {
    state_ = State::kText;
    return;
  }
  if (code < 0x20) return emulator_.control(code);
  if (state_ == State::kEscape || state_ == State::kStringEscape) return take_escape(code);
  if (state_ == State::kCsi) return take_csi(code);
  if (code != 0x7F && (code < 0x80 || code > 0x9F)) emulator_.put(code);
}

void Screen::take_escape(char32_t code) {
  state_ = State::kText;
  if (code >= 0x80) return;
  const char byte = static_cast<char>(code);
  if (byte >= ' ' && byte <= '/') {
    middle_ = byte;
    state_ = State::kEscape;
  } else if (middle_ != 0) {
    emulator_.escape(middle_, byte);
  } else if (byte == '[') {
    state_ = State::kCsi;
    lead_ = 0;
    numbers_.clear();
  } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
    state_ = State::kString;
  } else {
    emulator_.escape(0, byte);
  }
}

void Screen::take_csi(char32_t code) {
  const char byte = code < 0x80 ? static_cast<char>(code) : '\0';
  if (byte >= '0' && byte <= '9') {
    if (numbers_.empty()) numbers_.push_back(-1);
    int& number = numbers_.back();
    number = std::min(std::max(number, 0) * 10 + (byte - '0'), kMostNumber);
  } else if (byte == ';' || byte == ':') {
    if (numbers_.empty()) numbers_.push_back(-1);
    if (numbers_.size() < kMostArguments) numbers_.push_back(-1);
  } else if (byte >= '<' && byte <= '?') {
    lead_ = byte;
  } else if (byte >= ' ' && byte <= '/') {
    middle_ = byte;
  } else {
    state_ = State::kText;
    if (byte >= '@' && byte <= '~') emulator_.csi(lead_, numbers_, middle_, byte);
  }
}

void Screen::resize(int cols_wanted, int rows_wanted) {
  if (cols_wanted != cols() || rows_wanted != rows()) emulator_.resize(cols_wanted, rows_wanted);
}

/// To the last cell that is not blank; the rest of the line is cleared already.
void Screen::paint_row(int row, std::string& out) const {
  const Cells& cells = emulator_.cells();
  int last = cols() - 1;
  while (last >= 0 && cells.at(row, last) == Cell()) --last;
  if (last < 0) return;
  out += fmt::format("\x1b[{};1H", row + 1);
  Pen pen;
  for (int col = 0; col <= last; ++col) {
    const Cell& cell = cells.at(row, col);
    if (cell.pen != pen) out += pen_code(cell.pen);
    pen = cell.pen;
    append_cell(out, cells, row, col);
  }
  if (pen != Pen()) out += "\x1b[0m";
}

/// Behind the last column it stands only after a character there, which is written once more.
void Screen::paint_cursor(std::string& out) const {
  const Emulator::Cursor& cursor = emulator_.cursor();
  const int row = cursor.origin ? cursor.row - emulator_.top() : cursor.row;
  if (cursor.origin) out += "\x1b[?6h";
  int col = cursor.col;
  if (cursor.wraps && emulator_.cells().at(cursor.row, col).width == 0) --col;
  out += fmt::format("\x1b[{};{}H", std::max(row, 0) + 1, col + 1);
  const Cell& cell = emulator_.cells().at(cursor.row, col);
  if (cursor.wraps) {
    out += pen_code(cell.pen);
    append_cell(out, emulator_.cells(), cursor.row, col);
  }
  out += pen_code(cursor.pen);
  if (cursor.graphics[0]) out += "\x1b(0";
  if (cursor.graphics[1]) out += "\x1b)0";
  if (cursor.charset == 1) out += '\x0e';
}

std::string Screen::repaint() const {
  std::string out = "\x1b[!p\x1b(B\x1b)B\x0f";  // soft reset: no region, no origin mode, an absolute and visible cursor
  out += is_alternate() ? "\x1b[?1049h" : "\x1b[?1049l";
  out += "\x1b[?7h\x1b[4l\x1b[0m\x1b[H\x1b[2J";
  for (int row = 0; row < rows(); ++row) paint_row(row, out);
  if (emulator_.top() != 0 || emulator_.bottom() != rows() - 1)
    out += fmt::format("\x1b[{};{}r", emulator_.top() + 1, emulator_.bottom() + 1);
  paint_cursor(out);
  if (emulator_.inserts()) out += "\x1b[4h";
  if (!emulator_.autowraps()) out += "\x1b[?7l";
  out += modes_.restore();
  if (emulator_.cursor_shape() > 0) out += fmt::format("\x1b[{} q", emulator_.cursor_shape());
  return out + (emulator_.shows_cursor() ? "\x1b[?25h" : "\x1b[?25l");
}

}  // namespace wsdeep::lab
