#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "lab/terminal_modes.h"

namespace wsdeep::lab {

/// What a terminal shows: fed with all that programs write to it, it can say at any time how to paint the same on
/// another one (libvterm). Lines that have scrolled off are not kept.
class Screen {
 public:
  Screen(int cols, int rows);
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  void feed(std::string_view bytes);
  void resize(int cols, int rows);
  int cols() const { return cols_; }
  int rows() const { return rows_; }
  /// An editor's, that goes away again with it (DECSET 1049).
  bool is_alternate() const;

  /// Escape text, UTF-8, that makes a terminal of this size, whatever it shows now, show this.
  std::string repaint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  TerminalModes modes_;
  int cols_;
  int rows_;
};

}  // namespace wsdeep::lab
