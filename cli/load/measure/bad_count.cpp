#include "load/measure/bad_count.h"

namespace wsdeep::load {

BadCount longer_than(const Distribution& measured, std::int64_t limit) {
  const std::uint64_t of = measured.counted();
  const std::uint64_t perhaps = measured.censored.count_up_to(limit);
  return {.bad = of - measured.values.count_up_to(limit) - perhaps, .perhaps = perhaps, .of = of};
}

BadCount bad_of(Share share, const Slice& slice) {
  const Tally& tally = slice.tally;
  switch (share) {
    case Share::kGood:
      return {.bad = tally.attempts - tally.good, .of = tally.attempts};
    case Share::kErrors:
      return {.bad = tally.errors(), .perhaps = tally.unfinished, .of = tally.attempts};
    case Share::kRefused:
      return {.bad = tally.refused, .of = tally.attempts};
    case Share::kStalls:
      return {.bad = slice.stalled_turns, .of = slice.of(Metric::kTtft).values.count()};
    case Share::kStickiness:
      break;
  }
  return {};
}

}  // namespace wsdeep::load
