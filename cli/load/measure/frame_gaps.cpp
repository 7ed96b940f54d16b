#include "load/measure/frame_gaps.h"

#include <algorithm>

namespace wsdeep::load {

/// Null for a second that has left its slot already.
FrameGaps::Slot* FrameGaps::slot_for(std::int64_t second) {
  Slot& slot = slots_[static_cast<std::size_t>(second) % kKept];
  if (slot.second > second) return nullptr;
  if (slot.second < second) {
    before_.add(slot.measured);
    slot = {.second = second};
  }
  return &slot;
}

void FrameGaps::add(Micros end, const std::vector<Micros>& gaps, bool measured) {
  Slot* const slot = slot_for(std::max<Micros>(0, end) / kOneSecond);
  if (slot == nullptr && !measured) return;  // too late to be shown, and no level's
  Histogram& into = slot == nullptr ? before_ : measured ? slot->measured : slot->other;
  for (const Micros gap : gaps) into.record(gap);
}

Histogram FrameGaps::ended_in(const Window& window) const {
  Histogram sum;
  for (const Slot& slot : slots_) {
    if (slot.second < 0 || !window.holds(slot.second * kOneSecond)) continue;
    sum.add(slot.measured);
    sum.add(slot.other);
  }
  return sum;
}

Histogram FrameGaps::measured() const {
  Histogram sum = before_;
  for (const Slot& slot : slots_) sum.add(slot.measured);
  return sum;
}

}  // namespace wsdeep::load
