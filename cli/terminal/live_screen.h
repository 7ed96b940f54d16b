#pragma once

#include <functional>
#include <string>
#include <vector>

#include "terminal/live_output.h"
#include "terminal/resting_cursor.h"

namespace wsdeep {

/// Lines that are drawn again and again at the same place, over what was drawn before, however wide and high the
/// terminal has become since. On what is not live it shows nothing: there somebody says plain lines instead. For one
/// thread at a time; who wants to say something meanwhile uses `print_above`.
class LiveScreen {
 public:
  /// What becomes of the lines at the end, whatever the reason for it.
  enum class AtEnd { kStand, kGo };
  LiveScreen(const LiveOutput& out, AtEnd end);
  LiveScreen(const LiveScreen&) = delete;
  LiveScreen& operator=(const LiveScreen&) = delete;
  ~LiveScreen();

  bool is_live() const { return out_.is_live(); }

  /// The lines for a terminal of that size, each without a newline. What is too wide is cut, what is too many left out,
  /// and control characters are dropped, but for colours.
  using Content = std::function<std::vector<std::string>(const ScreenSize&)>;
  /// Cheap when neither the lines nor the size have changed. Does nothing in the background.
  void draw(const Content& content);

  /// Whole lines that stay, above what is drawn; on what is not live just these.
  void print_above(const std::string& text);

 private:
  std::string picture(const std::vector<std::string>& rows);
  void end();

  const LiveOutput& out_;
  const AtEnd end_;
  RestingCursor cursor_;
  std::vector<std::string> lines_;  ///< as they were asked for, not as they fit
  ScreenSize size_;
};

}  // namespace wsdeep
