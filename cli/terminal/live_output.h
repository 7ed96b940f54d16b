#pragma once

#include <cstddef>
#include <string_view>

namespace wsdeep {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
  friend bool operator==(const ScreenSize&, const ScreenSize&) = default;
};

/// What lines that are drawn over and over are drawn on: standard error, or a test's model of a terminal.
class LiveOutput {
 public:
  /// Whether something can be drawn over: false for a file, a pipe, and a terminal that is dumb.
  virtual bool is_live() const = 0;
  /// Of now: a person may pull at the window at any time.
  virtual ScreenSize size() const = 0;
  /// False while the shell has put this program into the background and shows something else.
  virtual bool in_foreground() const = 0;
  virtual void err(std::string_view text) const = 0;

 protected:
  ~LiveOutput() = default;
};

}  // namespace wsdeep
