#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "load/measure/histogram.h"
#include "load/measure/window.h"

namespace wsdeep::load {

/// Gaps between frames with text, for whoever looks at a run that goes on: of the turns that ended in each of the last
/// seconds, and of all that are measured.
class FrameGaps {
 public:
  /// Those of a turn that ended then. `measured`: it lies in the window that levels speak of.
  void add(Micros end, const std::vector<Micros>& gaps, bool measured);

  /// Of the turns that ended in the window, which is of whole seconds and not older than kKept of them.
  Histogram ended_in(const Window& window) const;
  /// Of all that are measured, so far.
  Histogram measured() const;

  static constexpr std::size_t kKept = 16;

 private:
  struct Slot {
    std::int64_t second = -1;
    Histogram measured{};
    Histogram other{};
  };

  Slot* slot_for(std::int64_t second);

  std::array<Slot, kKept> slots_{};  ///< each holds the latest second that falls to it
  Histogram before_{};               ///< measured, of seconds that had to leave their slot
};

}  // namespace wsdeep::load
