#include "load/measure/itl_bounds.h"

#include <algorithm>
#include <cstdint>
#include <vector>

/// A frame that comes after a gap g with k tokens hides k times that add up to g. Nothing else is known, so a quantile
/// of all tokens' times (rank r of N) can be anything between the least and the most that some choice of the hidden
/// times gives:
///
/// * The most: as many times as possible are at least x. A frame has room for min(k, ⌊g/x⌋) of them. The quantile can
///   be x when N − r + 1 times can be that long.
/// * The least: as many times as possible are at most x. A frame's k times can all be when g ≤ k·x; else all but one
///   can: they are 0 and that one is g. The quantile can be x when r times can be that short.
///
/// Example: two frames, 100 ms with 4 tokens each. Eight times; their median (r = 4) can be 0 (0, 0, 0, 100 twice) and
/// at most 33 ms (0, 33, 33, 33 twice); the mean is exactly 25 ms.

namespace wsdeep::load {

namespace {

using GapPairs = std::vector<GapCounts::Pair>;

std::uint64_t can_be_at_least(const GapPairs& frames, Micros x) {
  std::uint64_t times = 0;
  for (const auto& frame : frames)
    times += frame.count * (x == 0 ? frame.tokens : std::min(frame.tokens, static_cast<std::uint64_t>(frame.gap / x)));
  return times;
}

std::uint64_t can_be_at_most(const GapPairs& frames, Micros x) {
  std::uint64_t times = 0;
  for (const auto& frame : frames) {
    const bool all =
        static_cast<double>(frame.lowest_gap) <= static_cast<double>(frame.tokens) * static_cast<double>(x);
    times += frame.count * (all ? frame.tokens : frame.tokens - 1);
  }
  return times;
}

/// The largest x from 0 to `most` of which `holds` is true; it is true of 0, and false from some x on.
template <typename Holds>
Micros largest(Micros most, const Holds& holds) {
  Micros low = 0;
  while (low < most) {
    const Micros middle = low + (most - low + 1) / 2;
    if (holds(middle)) {
      low = middle;
    } else {
      most = middle - 1;
    }
  }
  return low;
}

ItlBounds::Bound bound_quantile(const GapPairs& frames, std::uint64_t tokens, Micros longest, double share) {
  const std::uint64_t rank = Histogram::rank_of(share, tokens);
  const auto short_enough = [&](Micros x) { return can_be_at_most(frames, x) < rank; };
  const Micros below = short_enough(0) ? largest(longest, short_enough) + 1 : 0;
  const Micros above = largest(longest, [&](Micros x) { return can_be_at_least(frames, x) >= tokens - rank + 1; });
  return {share, below, above};
}

}  // namespace

std::optional<ItlBounds> bound_itl(const GapCounts& counts) {
  if (counts.tokens() == 0) return std::nullopt;
  GapPairs frames = counts.pairs();
  std::erase_if(frames, [](const GapCounts::Pair& frame) { return frame.tokens == 0; });
  std::uint64_t tokens = 0;
  Micros longest = 0;
  for (const auto& frame : frames) {
    tokens += frame.tokens * frame.count;
    longest = std::max(longest, frame.gap);
  }
  ItlBounds bounds{counts.us_with_tokens() / static_cast<double>(counts.tokens()), {}};
  for (const double share : {0.5, 0.9, 0.99}) bounds.bounds.push_back(bound_quantile(frames, tokens, longest, share));
  return bounds;
}

}  // namespace wsdeep::load
