#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/measure/batch_means.h"
#include "load/measure/clock_offsets.h"
#include "load/measure/distribution.h"
#include "load/turn/turn_record.h"

namespace wsdeep::load {

/// One plane's turn of a pair. Instants are on the run's clock; kNever: it did not come.
struct PairHalf {
  Micros intended = 0;
  Micros send = kNever;
  Micros ack = kNever;  ///< chat only
  Micros first = kNever;
  std::string node{};
  std::optional<Micros> arrived_at{};   ///< on the node's clock
  std::optional<Micros> first_token{};  ///< since then
  std::string fault{};                  ///< why no text came
  Micros age = kNever;                  ///< of one that was under way when the run ended, without a text

  bool came() const { return first != kNever; }
  Micros ttft() const { return first - intended; }
};
/// `now`: when it was told.
PairHalf half_of(const TurnRecord& record, Micros now);

/// The same prompt at the same intended instant through the front door and to the nodes.
struct Pair {
  PairHalf chat;
  PairHalf llm;
};

/// The way of a first token, in parts that add up to its TTFT. Of gRPC `ack` is nothing, `hand-over` the way of the
/// call to the node, and `post-back` that of the first message back.
enum class PairPart {
  kSendLag,   ///< intended → send
  kAck,       ///< send → message_received
  kHandOver,  ///< ack → the node has the call
  kNode,      ///< the node has the call → its first token: queue and prefill
  kPostBack,  ///< first token → first frame
};
inline constexpr std::size_t kPairParts = 5;
std::string_view name_of(PairPart part);

struct PartFigures {
  double chat_us = 0;  ///< means, over the pairs that have all parts
  double llm_us = 0;
  Estimate difference{};
  /// Of the clocks, in the mean; 0 for parts within one clock.
  double clock_error_us = 0;
};

struct PairedFigures {
  std::uint64_t pairs = 0;
  std::uint64_t both = 0;  ///< with a text on both planes: the estimates are over these
  std::uint64_t only_chat = 0;
  std::uint64_t only_llm = 0;
  std::map<std::string, std::uint64_t> chat_faults{};  ///< of those without a text, by reason
  std::map<std::string, std::uint64_t> llm_faults{};
  Distribution chat_ttft;  ///< of each plane alone, from the intended instant
  Distribution llm_ttft;
  BatchMeans difference;  ///< TTFT of chat − of gRPC, pair by pair, µs
  double p90_us = 0;      ///< of the differences, which is not the difference of two p90s
  double p99_us = 0;
  std::uint64_t with_parts = 0;  ///< of both: every part is known
  std::array<PartFigures, kPairParts> parts{};
  /// Why hand-over and post-back are told together only: the clocks do not allow more. Empty: they are told apart.
  std::string chat_not_split{};
  std::string llm_not_split{};
  std::vector<ClockOffset> clocks{};

  const PartFigures& of(PairPart part) const { return parts[static_cast<std::size_t>(part)]; }
};

/// `pairs` in order of time; `monotonic_zero`: the run's clock's zero on our CLOCK_MONOTONIC.
PairedFigures paired_figures(const std::vector<Pair>& pairs, const ClockOffsets& clocks, Micros monotonic_zero);

}  // namespace wsdeep::load
