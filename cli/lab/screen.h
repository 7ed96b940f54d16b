#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lab/emulator.h"
#include "lab/terminal_modes.h"
#include "lab/text_stream.h"

namespace wsdeep::lab {

/// What a terminal shows: fed with all that programs write to it, it can say at any time how to paint the same on
/// another one. Lines that have scrolled off are not kept.
class Screen {
 public:
  Screen(int cols, int rows) : emulator_(cols, rows) {}

  void feed(std::string_view bytes);
  void resize(int cols, int rows);
  int cols() const { return emulator_.cells().cols(); }
  int rows() const { return emulator_.cells().rows(); }
  /// An editor's, that goes away again with it (DECSET 1049).
  bool is_alternate() const { return emulator_.is_alternate(); }

  /// Escape text, UTF-8, that makes a terminal of this size, whatever it shows now, show this and go on from it.
  std::string repaint() const;

 private:
  enum class State { kText, kEscape, kCsi, kString, kStringEscape };

  void take(char32_t code);
  void take_escape(char32_t code);
  void take_csi(char32_t code);
  void paint_row(int row, std::string& out) const;
  void paint_cursor(std::string& out) const;

  Emulator emulator_;
  TerminalModes modes_;
  TextStream text_;
  State state_ = State::kText;
  char lead_ = 0;
  char middle_ = 0;
  std::vector<int> numbers_;  ///< of a sequence under way, bounded, as each of them is
};

}  // namespace wsdeep::lab
