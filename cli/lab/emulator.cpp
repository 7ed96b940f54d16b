#include "lab/emulator.h"

#include <algorithm>
#include <cstdlib>

#include "base/display.h"
#include "base/utf8.h"

namespace wsdeep::lab {
namespace {

constexpr int kTabWidth = 8;

/// DEC's line drawing, `_` to `~`.
constexpr char32_t kGraphics[] = U" ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·";

int columns_of(char32_t code) {
  if (code < 0x300) return 1;
  std::string text;
  append_utf8(text, code);
  return static_cast<int>(std::min<std::size_t>(display_width(text), 2));
}

std::vector<bool> usual_tabs(int cols) {
  std::vector<bool> tabs(static_cast<std::size_t>(cols));
  for (std::size_t col = 0; col < tabs.size(); col += kTabWidth) tabs[col] = true;
  return tabs;
}

}  // namespace

Emulator::Emulator(int cols, int rows)
    : main_(cols, rows), editor_(cols, rows), tabs_(usual_tabs(cols)), bottom_(rows - 1) {}

void Emulator::reset(bool hard) {
  top_ = 0;
  bottom_ = rows() - 1;
  autowrap_ = true;
  insert_ = false;
  shows_cursor_ = true;
  cursor_.pen = Pen();
  cursor_.origin = false;
  cursor_.graphics[0] = cursor_.graphics[1] = false;
  cursor_.charset = 0;
  if (!hard) return;
  alternate_ = false;
  cursor_ = saved_[0] = saved_[1] = Cursor();
  cursor_shape_ = 0;
  tabs_ = usual_tabs(cols());
  main_.clear();
  editor_.clear();
}

void Emulator::move_to(int row, int col) {
  const int low = cursor_.origin ? top_ : 0;
  const int high = cursor_.origin ? bottom_ : rows() - 1;
  cursor_.row = std::clamp(row, low, high);
  cursor_.col = std::clamp(col, 0, cols() - 1);
  cursor_.wraps = false;
}

/// Up and down end at the region's edge for who is within it.
void Emulator::move_by(int rows_down, int cols_right) {
  const int low = cursor_.row >= top_ ? top_ : 0;
  const int high = cursor_.row <= bottom_ ? bottom_ : rows() - 1;
  cursor_.row = std::clamp(cursor_.row + rows_down, low, high);
  cursor_.col = std::clamp(cursor_.col + cols_right, 0, cols() - 1);
  cursor_.wraps = false;
}

void Emulator::line_feed() {
  cursor_.wraps = false;
  if (cursor_.row == bottom_)
    own().scroll(top_, bottom_, 1, cursor_.pen);
  else if (cursor_.row < rows() - 1)
    ++cursor_.row;
}

void Emulator::reverse_line_feed() {
  cursor_.wraps = false;
  if (cursor_.row == top_)
    own().scroll(top_, bottom_, -1, cursor_.pen);
  else if (cursor_.row > 0)
    --cursor_.row;
}

void Emulator::tab(int count) {
  const int step = count < 0 ? -1 : 1;
  for (int left = std::min(std::abs(count), cols()); left > 0; --left) {
    do cursor_.col += step;
    while (cursor_.col > 0 && cursor_.col < cols() - 1 && !tabs_[static_cast<std::size_t>(cursor_.col)]);
    cursor_.col = std::clamp(cursor_.col, 0, cols() - 1);
  }
  cursor_.wraps = false;
}

/// A mark belongs to the character before the cursor.
void Emulator::add_mark(char32_t code) {
  int col = cursor_.wraps ? cursor_.col : cursor_.col - 1;
  if (col < 0) return;
  if (own().at(cursor_.row, col).width == 0 && col > 0) --col;
  for (char32_t& mark : own().at(cursor_.row, col).marks)
    if (mark == 0) {
      mark = code;
      return;
    }
}

/// Half of a wide character that is written over leaves a blank.
void Emulator::tear_wide(int row, int col) {
  Cells& cells = own();
  if (col < 0 || col >= cols()) return;
  if (cells.at(row, col).width == 0 && col > 0) cells.erase(row, col - 1, col + 1, cells.at(row, col).pen);
  if (cells.at(row, col).width == 2) cells.erase(row, col, col + 2, cells.at(row, col).pen);
}

void Emulator::write_cell(char32_t code, int width) {
  Cells& cells = own();
  if (insert_) cells.shift(cursor_.row, cursor_.col, width, cursor_.pen);
  for (int half = 0; half < width; ++half) tear_wide(cursor_.row, cursor_.col + half);
  Cell cell;
  cell.code = code;
  cell.width = static_cast<std::uint8_t>(width);
  cell.pen = cursor_.pen;
  cells.at(cursor_.row, cursor_.col) = cell;
  if (width == 2) {
    cell.code = U' ';
    cell.width = 0;
    cells.at(cursor_.row, cursor_.col + 1) = cell;
  }
}

void Emulator::put(char32_t code) {
  if (cursor_.graphics[cursor_.charset] && code >= U'_' && code <= U'~') code = kGraphics[code - U'_'];
  const int width = columns_of(code);
  if (width == 0) return add_mark(code);
  if (width > cols()) return;
  if (cursor_.wraps || cursor_.col + width > cols()) {
    if (autowrap_) {
      cursor_.col = 0;
      line_feed();
    } else {
      cursor_.col = cols() - width;
    }
  }
  write_cell(code, width);
  last_ = code;
  cursor_.wraps = cursor_.col + width >= cols() && autowrap_;
  cursor_.col = std::min(cursor_.col + width, cols() - 1);
}

void Emulator::control(char32_t code) {
  switch (code) {
    case U'\b':
      return move_by(0, -1);
    case U'\t':
      return tab(1);
    case U'\n':
    case U'\v':
    case U'\f':
      return line_feed();
    case U'\r':
      return move_by(0, -cursor_.col);
    case 0x0E:
    case 0x0F:
      cursor_.charset = code == 0x0E ? 1 : 0;
      return;
    default:
      return;
  }
}

void Emulator::save() {
  saved_[alternate_ ? 1 : 0] = cursor_;
}

void Emulator::restore() {
  cursor_ = saved_[alternate_ ? 1 : 0];
  cursor_.row = std::clamp(cursor_.row, 0, rows() - 1);
  cursor_.col = std::clamp(cursor_.col, 0, cols() - 1);
}

void Emulator::use_alternate(bool on, bool clears) {
  if (on == alternate_) return;
  alternate_ = on;
  if (on && clears) editor_.clear();
}

/// The line of the cursor stays in sight, on the screen under an editor's as well; what is above it goes, as in xterm.
void Emulator::resize(int cols, int rows) {
  const auto drop_of = [rows](const Cursor& cursor) { return std::max(0, cursor.row - rows + 1); };
  const int main_drop = drop_of(alternate_ ? saved_[0] : cursor_);
  const int editor_drop = alternate_ ? drop_of(cursor_) : 0;
  main_.resize(cols, rows, main_drop);
  editor_.resize(cols, rows, editor_drop);
  tabs_ = usual_tabs(cols);
  top_ = 0;
  bottom_ = rows - 1;
  const auto move_up = [&](Cursor& cursor, int drop) {
    cursor.row = std::clamp(cursor.row - drop, 0, rows - 1);
    cursor.col = std::clamp(cursor.col, 0, cols - 1);
    cursor.wraps = false;
  };
  move_up(saved_[0], main_drop);
  move_up(saved_[1], editor_drop);
  move_up(cursor_, alternate_ ? editor_drop : main_drop);
}

}  // namespace wsdeep::lab
