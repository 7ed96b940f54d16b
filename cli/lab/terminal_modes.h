#pragma once

#include <map>
#include <string>
#include <string_view>

namespace wsdeep::lab {

/// The modes that decide what a terminal sends: cursor keys, keypad, pasting, mouse. Takes bytes cut anywhere.
class TerminalModes {
 public:
  void feed(std::string_view bytes);
  /// Escape text that sets what is set and resets what is not.
  std::string restore() const;

 private:
  enum class State { kText, kEscape, kCsi, kPrivate, kSkip };

  void take(char byte);
  void take_escape(char byte);
  void take_private(char byte);

  State state_ = State::kText;
  std::string numbers_;  ///< of a sequence under way, bounded
  bool keypad_ = false;
  std::map<int, bool> private_;
};

}  // namespace wsdeep::lab
