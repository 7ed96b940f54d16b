#include "terminal/progress_line.h"

#include <algorithm>

#include "base/display.h"

namespace wsdeep {
namespace {

constexpr std::size_t kWidestBar = 30;
constexpr std::size_t kNarrowestBar = 5;

std::string bar(std::uint64_t part, std::uint64_t whole, std::size_t width) {
  const double share = static_cast<double>(std::min(part, whole)) / static_cast<double>(whole);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return "[" + std::string(filled, '#') + std::string(width - filled, '-') + "] ";
}

}  // namespace

ProgressLine::ProgressLine(const LiveOutput& out, const Clock& clock, const Pace& pace)
    : out_(out),
      clock_(clock),
      pace_(pace),
      next_(clock.steady_now() + pace.first),
      screen_(out, LiveScreen::AtEnd::kGo) {}

void ProgressLine::show(const Text& text) {
  if (out_.is_live()) {
    screen_.draw([&](const ScreenSize& size) { return std::vector{text(size.columns)}; });
  } else if (clock_.steady_now() >= next_) {
    next_ = clock_.steady_now() + pace_.every;
    out_.err(text(0) + "\n");
  }
}

void ProgressLine::show(const std::string& text) {
  show([&](std::size_t) { return text; });
}

std::string with_bar(const std::string& text, std::uint64_t part, std::uint64_t whole, std::size_t columns) {
  constexpr std::size_t kFrame = 3;  // brackets and a blank
  const std::size_t used = display_width(text) + kFrame;
  const std::size_t room = columns > used ? columns - used : 0;
  if (room < kNarrowestBar || whole == 0) return cut_end(text, columns);
  return bar(part, whole, std::min(room, kWidestBar)) + text;
}

}  // namespace wsdeep
