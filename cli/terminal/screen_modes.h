#pragma once

#include <set>
#include <string>
#include <string_view>

namespace wsdeep {

/// What the output of somebody else's program has changed of a terminal: the alternate screen, the mouse, a hidden
/// cursor, a pasting mode … Whoever leaves in the middle of it has to undo it, or the shell gets a terminal that cannot
/// be used.
class ScreenModes {
 public:
  /// Output, cut anywhere.
  void feed(std::string_view text);
  /// What brings the terminal back to how it begins, whatever was fed.
  std::string undo() const;

 private:
  enum class State { kText, kEscape, kCharacterSet, kControl, kString, kStringEscape };

  void on_text(char c);
  void on_escape(char c);
  void on_control(char c);
  void on_final(char c);
  void set_modes(std::string_view numbers, bool on);

  State state_ = State::kText;
  std::string control_;      ///< of a sequence, what came before its last character
  std::set<int> on_;         ///< modes that are off at first
  std::set<int> off_;        ///< modes that are on at first
  bool keypad_ = false;      ///< sends other keys
  bool region_ = false;      ///< scrolls a part of the screen
  bool shape_ = false;       ///< of the cursor
  bool other_keys_ = false;  ///< xterm's modifyOtherKeys
  int key_flags_ = 0;        ///< kitty's, that were pushed
};

}  // namespace wsdeep
