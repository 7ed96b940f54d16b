#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "load/plan/schedule.h"

namespace wsdeep::load {

inline constexpr int kTraceBlockTokens = 512;
inline constexpr std::uint64_t kMaxTraceRows = kMaxArrivals;

/// One request that somebody recorded.
struct TraceRow {
  Micros at = 0;  ///< since the first one
  int prompt_tokens = 0;
  int output_tokens = 0;
  std::uint32_t blocks = 0;  ///< of its prompt: `first_block` and those behind it in Trace::blocks
  std::uint64_t first_block = 0;
};

/// What a trace's file holds, in order of time.
struct Trace {
  std::vector<TraceRow> rows;
  /// The prompts' blocks of kTraceBlockTokens, by their number: equal numbers, equal text. Only Mooncake has them.
  std::vector<std::uint64_t> blocks;
  std::vector<std::string> notes;  ///< `FILE: 12 of 1000 rows were left out: …`

  std::span<const std::uint64_t> blocks_of(const TraceRow& row) const {
    return std::span(blocks).subspan(row.first_block, row.blocks);
  }
};

/// What of a trace is sent, and how fast.
struct TraceCut {
  double time_scale = 1;  ///< its instants times this: 0.5 sends it twice as fast
  std::optional<Micros> duration{};
  std::optional<std::uint64_t> requests{};
};

/// The trace's rows as a schedule of one stage, which ends where the next row would have come. `shape` has the seed and
/// what is cancelled.
Schedule schedule_of(const Trace& trace, const TraceCut& cut, const LoadShape& shape);

}  // namespace wsdeep::load
