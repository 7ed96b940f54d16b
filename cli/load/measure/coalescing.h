#pragma once

#include <cstdint>
#include <vector>

#include "load/measure/histogram.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// The windows that are tried beside the present one.
inline const std::vector<Micros> kCoalescingWindows = {0, 50'000, 100'000, 200'000, 500'000};
/// That of a system of which nobody says it: `limits.coalesce_ms` of the settings.
inline constexpr Micros kUsualCoalescingWindow = 20'000;

/// What answers would be like if the handlers put their tokens into frames with this window, as
/// chat/answer_stream.cpp does: the first token goes at once, a later one when the window has passed since the frame
/// before; what comes meanwhile joins it. The last frame goes with the end, whatever waits, and may be empty. That a
/// post takes time itself, in which more tokens join, is left out: so it is never more frames than these.
struct CoalescingCase {
  Micros window = 0;
  bool present = false;  ///< it is the one that the system has, as far as is known
  std::uint64_t turns = 0;
  std::uint64_t frames = 0;
  Histogram delay{};  ///< of each token, from the moment at which the node made it until its frame goes

  /// One answer, by the instants of its tokens, in order.
  void add(const std::vector<std::uint32_t>& token_offsets_us);
  double frames_per_turn() const { return turns == 0 ? 0 : static_cast<double>(frames) / static_cast<double>(turns); }
};

/// Those to try, smallest window first.
std::vector<CoalescingCase> coalescing_cases(Micros present);

}  // namespace wsdeep::load
