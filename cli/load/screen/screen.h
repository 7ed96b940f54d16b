#pragma once

#include <string>
#include <vector>

#include "load/screen/history.h"
#include "terminal/live_output.h"

namespace wsdeep::load {

/// Which run it is that a screen shows.
struct ScreenHead {
  std::string kind{};  ///< as in Result, like the target
  std::string target{};
  std::string name{};  ///< of one among several: `A 3 of 5`
};

/// The lines of a screen of that size: what matters most comes first, so that a small one has it. From 120 columns on
/// what there was so far is plotted beside them. No meaning is in a colour alone.
std::vector<std::string> screen_lines(const ScreenHead& head, const RunHistory& history, const ScreenSize& size,
                                      bool colour);

}  // namespace wsdeep::load
