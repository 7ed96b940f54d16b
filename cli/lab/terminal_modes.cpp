#include "lab/terminal_modes.h"

#include <fmt/format.h>

#include "base/text.h"

namespace wsdeep::lab {
namespace {

constexpr std::size_t kMostNumbers = 64;
/// Application cursor keys; mouse: clicks, with drags, all moves, in which form; focus; bracketed paste.
constexpr int kKept[] = {1, 9, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004};

bool is_final(char byte) {
  return byte >= '@' && byte <= '~';
}

}  // namespace

void TerminalModes::feed(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (state_ == State::kText) {
      at = bytes.find('\x1b', at);
      if (at == std::string_view::npos) return;
    }
    take(bytes[at]);
  }
}

void TerminalModes::take(char byte) {
  if (byte == '\x1b') {
    state_ = State::kEscape;
    return;
  }
  switch (state_) {
    case State::kText:
      break;
    case State::kEscape:
      take_escape(byte);
      break;
    case State::kCsi:
      state_ = byte == '?' ? State::kPrivate : is_final(byte) ? State::kText : State::kSkip;
      break;
    case State::kPrivate:
      take_private(byte);
      break;
    case State::kSkip:
      if (is_final(byte)) state_ = State::kText;
      break;
  }
}

void TerminalModes::take_escape(char byte) {
  state_ = State::kText;
  if (byte == '[') {
    state_ = State::kCsi;
    numbers_.clear();
  }
  if (byte == '=') keypad_ = true;
  if (byte == '>') keypad_ = false;
  if (byte == 'c') {  // full reset
    keypad_ = false;
    private_.clear();
  }
}

void TerminalModes::take_private(char byte) {
  if (!is_final(byte)) {
    if (numbers_.size() < kMostNumbers) numbers_ += byte;
    return;
  }
  state_ = State::kText;
  if (byte != 'h' && byte != 'l') return;
  for (const std::string_view text : split(numbers_, ';'))
    for (const int kept : kKept)
      if (parse_integer(text, kept, kept)) private_[kept] = byte == 'h';
}

std::string TerminalModes::restore() const {
  std::string text = keypad_ ? "\x1b=" : "\x1b>";
  for (const int mode : kKept) {
    const auto found = private_.find(mode);
    const bool is_set = found != private_.end() && found->second;
    if (!is_set) text += fmt::format("\x1b[?{}l", mode);
  }
  for (const auto& [mode, is_set] : private_)
    if (is_set) text += fmt::format("\x1b[?{}h", mode);
  return text;
}

}  // namespace wsdeep::lab
