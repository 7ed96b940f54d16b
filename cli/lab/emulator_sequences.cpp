#include <algorithm>

#include "lab/emulator.h"

namespace wsdeep::lab {
namespace {

int number_at(const std::vector<int>& numbers, std::size_t at, int fallback) {
  return at < numbers.size() && numbers[at] >= 0 ? numbers[at] : fallback;
}

struct FlagCode {
  int on;
  std::uint16_t flag;
};
constexpr FlagCode kPenFlags[] = {{1, Pen::kBold},  {2, Pen::kFaint},   {3, Pen::kItalic}, {4, Pen::kUnderline},
                                  {5, Pen::kBlink}, {7, Pen::kReverse}, {8, Pen::kHidden}, {9, Pen::kStrike}};

}  // namespace

void Emulator::escape(char middle, char last) {
  if (middle == '(' || middle == ')') {
    cursor_.graphics[middle == ')' ? 1 : 0] = last == '0';
    return;
  }
  if (middle != 0) return;
  switch (last) {
    case '7':
      return save();
    case '8':
      return restore();
    case 'D':
      return line_feed();
    case 'E':
      cursor_.col = 0;
      return line_feed();
    case 'H':
      tabs_[static_cast<std::size_t>(cursor_.col)] = true;
      return;
    case 'M':
      return reverse_line_feed();
    case 'c':
      return reset(true);
    default:
      return;
  }
}

void Emulator::csi(char lead, const std::vector<int>& numbers, char middle, char last) {
  if (middle == '!' && last == 'p') return reset(false);
  if (middle == ' ' && last == 'q') cursor_shape_ = std::clamp(number_at(numbers, 0, 0), 0, 6);
  if (middle != 0) return;
  if (last == 'h' || last == 'l') return set_modes(lead, numbers, last == 'h');
  if (lead != 0) return;
  const int first = number_at(numbers, 0, 0);
  const int count = std::max(1, first);
  switch (last) {
    case 'm':
      return set_pen(numbers);
    case 'r':
      return set_region(count - 1, number_at(numbers, 1, 0) <= 0 ? rows() - 1 : number_at(numbers, 1, 0) - 1);
    case 's':
      return save();
    case 'u':
      return restore();
    case 'g':
      if (first == 3) std::fill(tabs_.begin(), tabs_.end(), false);
      if (first == 0) tabs_[static_cast<std::size_t>(cursor_.col)] = false;
      return;
    default:
      if (!edit(last, count, first)) move(last, count, numbers);
  }
}

void Emulator::move(char last, int count, const std::vector<int>& numbers) {
  const int origin = cursor_.origin ? top_ : 0;
  switch (last) {
    case 'A':
      return move_by(-count, 0);
    case 'B':
    case 'e':
      return move_by(count, 0);
    case 'C':
    case 'a':
      return move_by(0, count);
    case 'D':
      return move_by(0, -count);
    case 'E':
      return move_by(count, -cursor_.col);
    case 'F':
      return move_by(-count, -cursor_.col);
    case 'G':
    case '`':
      return move_to(cursor_.row, count - 1);
    case 'd':
      return move_to(origin + count - 1, cursor_.col);
    case 'H':
    case 'f':
      return move_to(origin + count - 1, std::max(1, number_at(numbers, 1, 1)) - 1);
    case 'I':
      return tab(count);
    case 'Z':
      return tab(-count);
    default:
      return;
  }
}

/// False when it is none that changes cells.
bool Emulator::edit(char last, int count, int first) {
  const bool is_inside = cursor_.row >= top_ && cursor_.row <= bottom_;
  switch (last) {
    case 'J':
      erase_screen(first);
      return true;
    case 'K':
      erase_line(first);
      return true;
    case 'L':
    case 'M':
      if (is_inside) own().scroll(cursor_.row, bottom_, last == 'L' ? -count : count, cursor_.pen);
      return true;
    case '@':
    case 'P':
      own().shift(cursor_.row, cursor_.col, last == '@' ? count : -count, cursor_.pen);
      return true;
    case 'X':
      own().erase(cursor_.row, cursor_.col, cursor_.col + count, cursor_.pen);
      return true;
    case 'S':
    case 'T':
      own().scroll(top_, bottom_, last == 'S' ? count : -count, cursor_.pen);
      return true;
    case 'b':
      for (int left = std::min(count, cols()); left > 0 && last_ != 0; --left) put(last_);
      return true;
    default:
      return false;
  }
}

void Emulator::erase_screen(int what) {
  const int from = what == 0 ? cursor_.row + 1 : 0;
  const int to = what == 1 ? cursor_.row : rows();
  if (what > 2) return;  // 3: lines that have scrolled off, of which there are none
  if (what != 2) erase_line(what);
  for (int row = from; row < to; ++row) own().erase(row, 0, cols(), cursor_.pen);
}

void Emulator::erase_line(int what) {
  const int from = what == 0 ? cursor_.col : 0;
  const int to = what == 1 ? cursor_.col + 1 : cols();
  if (what <= 2) own().erase(cursor_.row, from, to, cursor_.pen);
}

void Emulator::set_region(int top, int bottom) {
  bottom = std::min(bottom, rows() - 1);
  if (top >= bottom) return;
  top_ = top;
  bottom_ = bottom;
  move_to(cursor_.origin ? top_ : 0, 0);
}

void Emulator::set_modes(char lead, const std::vector<int>& numbers, bool on) {
  for (const int mode : numbers) {
    if (lead == '?') set_private_mode(mode, on);
    if (lead == 0 && mode == 4) insert_ = on;
  }
}

void Emulator::set_private_mode(int mode, bool on) {
  switch (mode) {
    case 6:
      cursor_.origin = on;
      return move_to(on ? top_ : 0, 0);
    case 7:
      autowrap_ = on;
      return;
    case 25:
      shows_cursor_ = on;
      return;
    case 47:
    case 1047:
      return use_alternate(on, mode == 1047);
    case 1048:
      return on ? save() : restore();
    case 1049:
      if (on == alternate_) return;
      if (on) save();
      use_alternate(on, true);
      if (!on) restore();
      return;
    default:
      return;
  }
}

/// 38;5;N or 38;2;R;G;B (48 as well), of which `at` is the 38; the place of the last number that it takes.
std::size_t Emulator::set_color(const std::vector<int>& numbers, std::size_t at, Color& color) {
  const auto byte = [&](std::size_t place) { return std::clamp(number_at(numbers, place, 0), 0, 255); };
  if (number_at(numbers, at + 1, 0) == 5) {
    color = byte(at + 2);
    return at + 2;
  }
  if (number_at(numbers, at + 1, 0) != 2) return at + 1;
  color = kDirectColor | byte(at + 2) << 16 | byte(at + 3) << 8 | byte(at + 4);
  return at + 4;
}

void Emulator::set_pen(const std::vector<int>& numbers) {
  Pen& pen = cursor_.pen;
  if (numbers.empty()) pen = Pen();
  for (std::size_t at = 0; at < numbers.size(); ++at) {
    const int code = std::max(0, numbers[at]);
    if (code == 0) pen = Pen();
    for (const FlagCode& one : kPenFlags) {
      if (code == one.on) pen.flags |= one.flag;
      if (code == one.on + 20) pen.flags &= static_cast<std::uint16_t>(~one.flag);
    }
    if (code == 21) pen.flags |= Pen::kUnderline;  // double: told as single
    if (code == 22) pen.flags &= static_cast<std::uint16_t>(~(Pen::kBold | Pen::kFaint));
    if (code >= 30 && code <= 37) pen.foreground = code - 30;
    if (code >= 40 && code <= 47) pen.background = code - 40;
    if (code >= 90 && code <= 97) pen.foreground = code - 90 + 8;
    if (code >= 100 && code <= 107) pen.background = code - 100 + 8;
    if (code == 39) pen.foreground = kDefaultColor;
    if (code == 49) pen.background = kDefaultColor;
    if (code == 38) at = set_color(numbers, at, pen.foreground);
    if (code == 48) at = set_color(numbers, at, pen.background);
  }
}

}  // namespace wsdeep::lab
