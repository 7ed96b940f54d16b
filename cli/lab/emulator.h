#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lab/screen_cells.h"

namespace wsdeep::lab {

/// What of a terminal of the kind of xterm decides what its screen shows. Its programs are not trusted: what they send
/// is taken by operations that stay within the screen, whatever their numbers are. (libvterm 0.1.4, the distribution's,
/// reads beside its memory within a second of random escape sequences, and this is in the server's process.)
class Emulator {
 public:
  Emulator(int cols, int rows);

  /// What an emulator has two of: an editor's screen comes with its own.
  struct Cursor {
    int row = 0;
    int col = 0;
    bool wraps = false;  ///< stands behind the last column: the next character begins a line
    Pen pen;
    bool origin = false;    ///< rows count from the top of the region
    bool graphics[2] = {};  ///< line drawing in G0 and G1
    int charset = 0;        ///< which of them is in use
  };

  void put(char32_t code);
  void control(char32_t code);
  /// ESC and this, with `middle` (such as `(`) between; 0: nothing.
  void escape(char middle, char last);
  /// CSI: `lead` is `?`, `>` …, or 0; `middle` such as a space, or 0; a number that is missing is -1.
  void csi(char lead, const std::vector<int>& numbers, char middle, char last);
  void resize(int cols, int rows);

  const Cells& cells() const { return alternate_ ? editor_ : main_; }
  const Cursor& cursor() const { return cursor_; }
  bool is_alternate() const { return alternate_; }
  bool shows_cursor() const { return shows_cursor_; }
  bool autowraps() const { return autowrap_; }
  bool inserts() const { return insert_; }
  int cursor_shape() const { return cursor_shape_; }
  int top() const { return top_; }
  int bottom() const { return bottom_; }

 private:
  Cells& own() { return alternate_ ? editor_ : main_; }
  int cols() const { return main_.cols(); }
  int rows() const { return main_.rows(); }
  void reset(bool hard);
  void move_to(int row, int col);
  void move_by(int rows, int cols);
  void line_feed();
  void reverse_line_feed();
  void tab(int count);
  void add_mark(char32_t code);
  void tear_wide(int row, int col);
  void write_cell(char32_t code, int width);
  void save();
  void restore();
  void use_alternate(bool on, bool clears);
  void erase_screen(int what);
  void erase_line(int what);
  void move(char last, int count, const std::vector<int>& numbers);
  bool edit(char last, int count, int first);
  void set_region(int top, int bottom);
  void set_modes(char lead, const std::vector<int>& numbers, bool on);
  void set_private_mode(int mode, bool on);
  void set_pen(const std::vector<int>& numbers);
  std::size_t set_color(const std::vector<int>& numbers, std::size_t at, Color& color);

  Cells main_;
  Cells editor_;
  bool alternate_ = false;
  Cursor cursor_;
  Cursor saved_[2];  ///< of the main screen and the editor's
  std::vector<bool> tabs_;
  int top_ = 0;
  int bottom_;
  bool autowrap_ = true;
  bool insert_ = false;
  bool shows_cursor_ = true;
  int cursor_shape_ = 0;
  char32_t last_ = 0;  ///< for REP
};

}  // namespace wsdeep::lab
