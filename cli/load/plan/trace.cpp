#include "load/plan/trace.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace wsdeep::load {
namespace {

Micros scaled(Micros at, const TraceCut& cut) {
  return std::llround(static_cast<double>(at) * cut.time_scale);
}

/// How many rows are sent: those before the duration's end, and not more than the requests.
std::size_t count_of(const Trace& trace, const TraceCut& cut) {
  const auto is_before = [&](const TraceRow& row, Micros end) { return scaled(row.at, cut) < end; };
  const auto end = cut.duration ? std::lower_bound(trace.rows.begin(), trace.rows.end(), *cut.duration, is_before)
                                : trace.rows.end();
  return std::min<std::size_t>(static_cast<std::size_t>(end - trace.rows.begin()),
                               cut.requests.value_or(kMaxTraceRows));
}

/// Where the schedule of the first `count` rows ends: with the row behind them, or one mean gap after the last; by its
/// duration at the latest.
Micros end_of(const Trace& trace, const TraceCut& cut, std::size_t count, Micros last) {
  const auto gaps = static_cast<Micros>(count - 1);
  const Micros mean_gap = gaps > 0 ? last / gaps : 1'000'000;
  const Micros next = count < trace.rows.size() ? scaled(trace.rows[count].at, cut) : last + mean_gap;
  return std::max(std::min(next, cut.duration.value_or(next)), last + 1);
}

}  // namespace

Schedule schedule_of(const Trace& trace, const TraceCut& cut, const LoadShape& shape) {
  Schedule schedule;
  const std::size_t count = count_of(trace, cut);
  schedule.arrivals.reserve(count);
  for (std::uint64_t index = 0; index < count; ++index) {
    const TraceRow& row = trace.rows[index];
    schedule.arrivals.push_back({.index = index,
                                 .intended = scaled(row.at, cut),
                                 .prompt_tokens = row.prompt_tokens,
                                 .output_tokens = row.output_tokens,
                                 .trace_row = index,
                                 .cancel_after = cancel_after_of(shape, index)});
  }
  const Micros length = end_of(trace, cut, count, schedule.arrivals.back().intended);
  const double rate = static_cast<double>(count) / (static_cast<double>(length) / 1e6);
  schedule.stages = {{.name = "trace", .duration = length, .rate_from = rate, .rate_to = rate}};
  return schedule;
}

}  // namespace wsdeep::load
