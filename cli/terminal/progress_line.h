#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "base/clock.h"
#include "terminal/live_screen.h"

namespace wsdeep {

/// One line that says how far something is: drawn over and over on a terminal, and gone at its end; elsewhere said now
/// and then, so that whoever reads a log sees that it goes on.
class ProgressLine {
 public:
  /// How long it is silent where it cannot draw.
  struct Pace {
    std::chrono::seconds first{30};
    std::chrono::seconds every{30};
  };
  ProgressLine(const LiveOutput& out, const Clock& clock) : ProgressLine(out, clock, Pace{}) {}
  ProgressLine(const LiveOutput& out, const Clock& clock, const Pace& pace);

  /// For so many columns; 0: as long as it is.
  using Text = std::function<std::string(std::size_t columns)>;
  void show(const Text& text);
  void show(const std::string& text);

 private:
  const LiveOutput& out_;
  const Clock& clock_;
  const Pace pace_;
  SteadyTime next_;
  LiveScreen screen_;
};

/// `[#######----] text`, at most `columns` wide (0: without a bar): the bar has what the text leaves, and goes first
/// where there is no room.
std::string with_bar(const std::string& text, std::uint64_t part, std::uint64_t whole, std::size_t columns);

}  // namespace wsdeep
