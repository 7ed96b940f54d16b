#pragma once

#include <initializer_list>

namespace wsdeep {

/// Where the cursor of standard error rests while something below it is drawn over and over. While it lives, a signal
/// that ends or stops the program, and that nobody else handles, brings the cursor down first, so that what the shell
/// says then stands below what was drawn. At most one at a time.
class RestingCursor {
 public:
  /// `handle`: false for what is not drawn on the process's own terminal.
  explicit RestingCursor(bool handle);
  RestingCursor(const RestingCursor&) = delete;
  RestingCursor& operator=(const RestingCursor&) = delete;
  ~RestingCursor();

  /// So many rows are below it, its own included; 0: it does not rest.
  void rests_above(int rows);
  /// False before the first time, and when a signal has brought it down since.
  bool rests() const;

 private:
  bool handle_;
};

/// Brings the cursor of the RestingCursor that lives, if one does, below what is drawn. For signal handlers.
void bring_cursor_down() noexcept;

}  // namespace wsdeep
