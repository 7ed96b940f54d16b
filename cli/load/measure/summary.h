#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/coalescing.h"
#include "load/measure/connection_use.h"
#include "load/measure/distribution.h"
#include "load/measure/door_use.h"
#include "load/measure/levels.h"
#include "load/measure/metric.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// Attempts by how they ended; a row each, and the rows add up to `attempts`.
struct Tally {
  std::uint64_t attempts = 0;
  std::uint64_t good = 0;  ///< completed within every level that speaks of one turn
  std::uint64_t slow = 0;  ///< completed, and beyond one of them
  std::uint64_t refused = 0;
  std::uint64_t failed = 0;
  std::uint64_t truncated = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t unfinished = 0;
  std::map<std::string, std::uint64_t> reasons{};  ///< of those that are neither good nor slow

  std::uint64_t errors() const { return refused + failed + truncated; }
  bool adds_up() const { return attempts == good + slow + refused + failed + truncated + cancelled + unfinished; }
};

/// How well the gaps between tokens are known (loadtest's letters).
enum class ItlLetter : std::uint8_t { kExact, kCountOnly, kNothing };

/// With letter B only this is true.
struct ItlBounds {
  double mean_us = 0;  ///< exact: Σ gaps / Σ tokens
  struct Bound {
    double share;
    std::int64_t low, high;
  };
  std::vector<Bound> bounds;  ///< at p50, p90, p99
};

/// What was measured in one part of the run: all of its window, a stage, or what one node answered.
struct Slice {
  std::string name;
  Micros from = 0;  ///< on the schedule, from its begin
  Micros to = 0;
  double intended_rate = 0;  ///< arrivals a second, as the schedule has them
  double sent_rate = 0;      ///< as they were sent
  Tally tally;
  std::array<Distribution, kMetrics> metrics;
  ItlLetter itl = ItlLetter::kNothing;
  std::optional<ItlBounds> itl_bounds{};
  std::uint64_t no_answer = 0;  ///< turns that ended in reasoning
  double goodput = 0;           ///< good turns a second
  double output_rate = 0;       ///< tokens received in the window, a second
  TokenCount counted_by = TokenCount::kNone;
  bool counts_mixed = false;  ///< several ways of counting came together: no rate is said
  std::uint64_t output_tokens = 0;
  std::uint64_t good_output_tokens = 0;  ///< of them, those of good turns
  std::uint64_t reasoning_tokens = 0;
  std::uint64_t prompt_tokens = 0;
  std::optional<double> cached_share{};  ///< of the prompt tokens, where the engine says it
  std::uint64_t stalls = 0;
  std::uint64_t stalled_turns = 0;  ///< those with at least one
  Micros longest_stall = 0;
  double mean_in_flight = 0;
  std::uint64_t gaps = 0, repeats = 0, disorders = 0, restarts = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0, billed_messages = 0;
  std::uint64_t wasted_tokens = 0;
  DoorUse door{};

  const Distribution& of(Metric metric) const { return metrics[static_cast<std::size_t>(metric)]; }
  double good_share() const {
    return tally.attempts == 0 ? 0 : static_cast<double>(tally.good) / static_cast<double>(tally.attempts);
  }
};

/// Little's law: the mean number in flight, as it was counted, against rate × mean time of the records.
struct LittleCheck {
  double in_flight = 0;
  double rate_times_time = 0;
  double residual = 0;  ///< |difference| / the larger of the two
  double allowance = 0;
  bool holds() const { return residual <= allowance; }
};

/// Whether chats stayed where they were, and what that is worth.
struct NodeBalance {
  std::optional<double> stickiness{};  ///< of `followed`
  std::uint64_t followed = 0;          ///< turns k ≥ 2, this one's node and the last one's alive
  std::optional<double> skew{};        ///< largest share × number of nodes
  /// By regressions of TTFT (from the send) over turns k ≥ 2: on the prompt's length and on whether the node was
  /// another one; and on the prompt's uncached tokens, where the engine says them. ± is one standard error.
  struct KvEffect {
    double moved_minus_kept_us = 0;  ///< at equal length of the prompt: what a kept chat saves
    double standard_error_us = 0;
    std::uint64_t turns = 0;
    std::optional<double> us_per_uncached_ktoken{};
  };
  std::optional<KvEffect> kv{};
};

/// One second of the run, for the live line and the plots: of the turns that were intended in it, as they ended so far.
struct Second {
  std::int64_t at = 0;  ///< from the schedule's begin
  std::uint64_t intended = 0, sent = 0, ended = 0, bad = 0;
  std::uint64_t tokens = 0;  ///< received in it
  std::optional<Quantile> ttft_p50{}, ttft_p99{};
  double in_flight = 0;
  std::optional<std::uint64_t> done{};  ///< turns that ended in it, whenever they were intended; of old files nothing
};

/// What one node answered in a span.
struct NodeSpan {
  std::string node;
  std::uint64_t attempts = 0;
  std::optional<Quantile> ttft_p50{}, ttft_p99{};

  bool operator==(const NodeSpan&) const = default;
};

/// Some seconds of the run, for what would be too much to keep of each: of the turns that were intended in them.
struct Span {
  Micros from = 0;
  Micros to = 0;
  std::uint64_t slow = 0;
  std::map<std::string, std::uint64_t> reasons{};  ///< of those that are neither good, nor slow, nor given up by us
  std::vector<NodeSpan> nodes{};                   ///< those that were named

  bool operator==(const Span&) const = default;
};

enum class Judgement { kMet, kMissed, kUndecided };
struct LevelResult {
  Level level;
  std::string where;              ///< `all`, `stage 2`, `node n1`
  std::optional<double> value{};  ///< nothing: it was not measured
  bool more_than = false;
  Judgement judgement = Judgement::kUndecided;
  std::string why{};  ///< of what is undecided: what is missing, and how long a run would have it
};

struct WarmUp {
  Micros cut = 0;      ///< turns intended before are left out
  bool found = false;  ///< by MSER-5; else it was given
  bool steady = true;  ///< false: no steady state was found
};

/// The slice among the nodes' that has the attempts of which nobody said the node.
inline constexpr const char* kNoNode = "no node named";
/// A node's name, or that when nobody said it.
inline std::string node_or_none(const std::string& name) {
  return name.empty() ? kNoNode : name;
}

/// All that a run measured.
struct Summary {
  WarmUp warm_up;
  Slice whole;
  std::vector<Slice> stages;
  std::vector<Slice> nodes;
  Tally outside;  ///< attempts before the window, and after it
  NodeBalance balance;
  LittleCheck little;
  std::vector<Second> seconds;
  std::optional<std::vector<Span>> spans{};  ///< of old files nothing
  std::vector<LevelResult> levels;
  std::map<int, std::uint64_t> close_codes;
  std::uint64_t connections_opened = 0, connections_failed = 0;
  ConnectionUse connection_use{};
  /// Of the answers of chat of which the node said when it made each token: of all that the window may hold.
  std::vector<CoalescingCase> coalescing{};
};

}  // namespace wsdeep::load
