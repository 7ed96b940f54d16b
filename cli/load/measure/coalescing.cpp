#include "load/measure/coalescing.h"

#include <algorithm>
#include <cstddef>

namespace wsdeep::load {

void CoalescingCase::add(const std::vector<std::uint32_t>& token_offsets_us) {
  if (token_offsets_us.empty()) return;
  ++turns;
  const Micros end = token_offsets_us.back();
  Micros due = 0;
  bool waited_for_end = false;
  for (std::size_t next = 0; next < token_offsets_us.size(); ++frames) {
    const Micros ready = std::max<Micros>(token_offsets_us[next], due);
    waited_for_end = ready > end;
    const Micros posted = std::min(ready, end);
    for (; next < token_offsets_us.size() && token_offsets_us[next] <= posted; ++next)
      delay.record(posted - token_offsets_us[next]);
    due = posted + window;
  }
  if (!waited_for_end) ++frames;
}

std::vector<CoalescingCase> coalescing_cases(Micros present) {
  std::vector<Micros> windows = kCoalescingWindows;
  if (std::ranges::find(windows, present) == windows.end()) windows.push_back(present);
  std::ranges::sort(windows);
  std::vector<CoalescingCase> cases;
  for (const Micros window : windows) cases.push_back({.window = window, .present = window == present});
  return cases;
}

}  // namespace wsdeep::load
