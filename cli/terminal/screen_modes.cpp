// ECMA-48's sequences, as far as they change more than what is shown: `ESC [ ? 25 l` hides the cursor. A sequence may
// be cut anywhere by the frames in which it came, so the state is kept between two pieces. Titles and other strings
// (`ESC ] … BEL`) are skipped: what they hold is text.
#include "terminal/screen_modes.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace wsdeep {
namespace {

constexpr char kEsc = 0x1B;
constexpr char kBell = 0x07;
constexpr std::size_t kMostControl = 64;
constexpr std::size_t kMostModes = 64;
/// xterm's alternate screen, with the cursor saved; two older ways to it.
constexpr int kAlternateScreens[] = {1049, 1047, 47};
/// Lines wrap, and the cursor is seen, unless somebody says otherwise.
constexpr int kOnAtFirst[] = {7, 25};

bool is_among(int mode, const auto& modes) {
  for (const int one : modes)
    if (one == mode) return true;
  return false;
}

std::string mode_sequence(int mode, char letter) {
  return "\x1b[?" + std::to_string(mode) + letter;
}

}  // namespace

void ScreenModes::feed(std::string_view text) {
  for (const char c : text) switch (state_) {
      case State::kText:
        on_text(c);
        break;
      case State::kEscape:
        on_escape(c);
        break;
      case State::kCharacterSet:
        state_ = State::kText;
        break;
      case State::kControl:
        on_control(c);
        break;
      case State::kString:
        if (c == kBell) state_ = State::kText;
        if (c == kEsc) state_ = State::kStringEscape;
        break;
      case State::kStringEscape:
        state_ = State::kText;
        if (c != '\\') on_escape(c);
        break;
    }
}

void ScreenModes::on_text(char c) {
  if (c == kEsc) state_ = State::kEscape;
}

void ScreenModes::on_escape(char c) {
  state_ = State::kText;
  control_.clear();
  if (c == '[') state_ = State::kControl;
  if (c == '(' || c == ')') state_ = State::kCharacterSet;
  if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X') state_ = State::kString;
  if (c == kEsc) state_ = State::kEscape;
  if (c == '=' || c == '>') keypad_ = c == '=';
  if (c == 'c') *this = ScreenModes();
}

void ScreenModes::on_control(char c) {
  if (c == kEsc) {
    state_ = State::kEscape;
  } else if (c >= 0x40 && c <= 0x7E) {
    state_ = State::kText;
    on_final(c);
  } else if (c >= 0x20 && control_.size() < kMostControl) {
    control_ += c;
  }
}

void ScreenModes::on_final(char c) {
  const std::string_view control = control_;
  if ((c == 'h' || c == 'l') && control.starts_with('?')) set_modes(control.substr(1), c == 'h');
  if (c == 'r' && !control.starts_with('?')) region_ = !control.empty();
  if (c == 'q' && control.ends_with(' ')) shape_ = true;
  if (c == 'm' && control.starts_with(">4")) other_keys_ = control.size() > 3 && control != ">4;0";
  if (c == 'u' && control.starts_with('>') && key_flags_ < 8) ++key_flags_;
  if (c == 'u' && control.starts_with('<') && key_flags_ > 0) --key_flags_;
}

void ScreenModes::set_modes(std::string_view numbers, bool on) {
  for (;;) {
    const std::size_t end = std::min(numbers.find(';'), numbers.size());
    int mode = 0;
    const auto read = std::from_chars(numbers.data(), numbers.data() + end, mode);
    if (read.ec == std::errc() && read.ptr == numbers.data() + end) {
      const bool at_first = is_among(mode, kOnAtFirst);
      std::set<int>& changed = at_first ? off_ : on_;
      if (on == at_first)
        changed.erase(mode);
      else if (changed.size() < kMostModes)
        changed.insert(mode);
    }
    if (end == numbers.size()) return;
    numbers.remove_prefix(end + 1);
  }
}

std::string ScreenModes::undo() const {
  std::string text;
  for (const int mode : on_)
    if (!is_among(mode, kAlternateScreens)) text += mode_sequence(mode, 'l');
  for (int i = 0; i < key_flags_; ++i) text += "\x1b[<u";
  if (other_keys_) text += "\x1b[>4;0m";
  if (keypad_) text += "\x1b>";
  if (region_)
    text +=
        "\x1b"
        "7\x1b[r\x1b"
        "8";
  for (const int mode : kAlternateScreens)
    if (on_.contains(mode)) text += mode_sequence(mode, 'l');
  for (const int mode : off_) text += mode_sequence(mode, 'h');
  if (shape_) text += "\x1b[0 q";
  // Last of all: who gets the cursor back that was saved gets its letters with it, which may be those for drawing
  // lines.
  return text + "\x0f\x1b(B\x1b)B\x1b[0m";
}

}  // namespace wsdeep
