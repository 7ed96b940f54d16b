#include "load/measure/seconds.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "load/measure/in_flight.h"

namespace wsdeep::load {

namespace {

bool is_bad(const KeptTurn& turn) {
  return turn.slow || (turn.how != TurnEnd::kCompleted && turn.how != TurnEnd::kCancelled);
}

void set_ttft(Second& second, const std::vector<const KeptTurn*>& turns, Micros now) {
  Distribution ttft;
  for (const KeptTurn* turn : turns) add_reading(ttft, read_metric(*turn, Metric::kTtft, now));
  second.ttft_p50 = ttft.quantile(0.5);
  second.ttft_p99 = ttft.quantile(0.99);
}

/// How many turns ended in each second, of so many.
std::vector<std::uint64_t> ended_in_each(const RunLog& log, std::size_t seconds) {
  std::vector<std::uint64_t> ended(seconds);
  for (const KeptTurn& turn : log.turns()) {
    const auto at = static_cast<std::size_t>(std::max<Micros>(0, turn.end) / kOneSecond);
    if (turn.end != kNever && at < ended.size()) ++ended[at];
  }
  return ended;
}

}  // namespace

void count_second(Second& second, const KeptTurn& turn) {
  ++second.intended;
  if (turn.send != kNever) ++second.sent;
  if (!turn.unfinished()) ++second.ended;
  if (is_bad(turn)) ++second.bad;
}

std::vector<Second> seconds_of(const RunLog& log, Micros now) {
  const std::vector<double> in_flight = mean_in_flight(log.turns(), now, kOneSecond, now);
  std::vector<Second> seconds(in_flight.size());
  std::vector<std::vector<const KeptTurn*>> turns(seconds.size());
  for (const KeptTurn& turn : log.turns()) {
    const auto at = static_cast<std::size_t>(std::max<Micros>(0, turn.intended) / kOneSecond);
    if (at < seconds.size()) turns[at].push_back(&turn);
  }
  const std::vector<std::uint64_t> done = ended_in_each(log, seconds.size());
  const TokenCount counted_by = log.counted_by().value_or(TokenCount::kNone);
  for (std::size_t at = 0; at < seconds.size(); ++at) {
    Second& second = seconds[at];
    second.at = static_cast<std::int64_t>(at);
    const Micros from = second.at * kOneSecond;
    for (const KeptTurn* turn : turns[at]) count_second(second, *turn);
    set_ttft(second, turns[at], now);
    second.in_flight = in_flight[at];
    second.done = done[at];
    second.tokens = log.received().in({from, from + kOneSecond}, counted_by);
  }
  return seconds;
}

}  // namespace wsdeep::load
