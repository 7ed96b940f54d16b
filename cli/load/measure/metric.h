#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace wsdeep::load {

/// Everything whose distribution is reported. `*_sent` is counted from the send, its namesake from the intended
/// instant.
enum class Metric {
  kSendLag,
  kDns,
  kTcp,
  kTls,
  kUpgrade,
  kSignIn,
  kAck,
  kAckSent,
  kTtft,
  kTtftSent,
  kTtfa,
  kTtfaSent,
  kE2e,
  kE2eSent,
  kTpot,
  kFrameGap,
  kLongestGap,  ///< of each turn
  kItl,         ///< pooled over tokens; letter A only
  kStall,
  kQueue,  ///< the node's own times
  kPrefill,
  kCancelFree,
};
inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::kCancelFree) + 1;

struct MetricFacts {
  Metric metric;
  std::string_view name;     ///< as in levels, files and the manual: `ttft`, `ttft_sent`
  std::string_view over;     ///< what it is counted over: `turns with text`
  std::string_view meaning;  ///< one line for help, for Prometheus' HELP and for the schema
};

/// In the order of the enumeration. All are in microseconds.
const std::array<MetricFacts, kMetrics>& metric_table();
const MetricFacts& facts_of(Metric metric);
std::optional<Metric> metric_named(std::string_view name);
/// Whether each turn has one value of it; else it is pooled over gaps, or over connections.
bool is_turn_metric(Metric metric);

}  // namespace wsdeep::load
