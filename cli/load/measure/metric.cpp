#include "load/measure/metric.h"

#include <algorithm>

namespace wsdeep::load {

namespace {

using enum Metric;

constexpr std::array<MetricFacts, kMetrics> kTable = {{
    {kSendLag, "send_lag", "all attempts that were sent", "from the intended instant to the send"},
    {kDns, "dns", "connections opened", "looking up the name"},
    {kTcp, "tcp", "connections opened", "the TCP handshake"},
    {kTls, "tls", "connections opened", "the TLS handshake"},
    {kUpgrade, "upgrade", "connections opened", "from the end of TLS to 101, authorizer and $connect inside"},
    {kSignIn, "sign_in", "users signed in", "one sign-in at the user pool"},
    {kAck, "ack", "turns", "from the intended instant to message_received"},
    {kAckSent, "ack_sent", "turns", "from the send to message_received"},
    {kTtft, "ttft", "turns with text", "from the intended instant to the first text, reasoning or answer"},
    {kTtftSent, "ttft_sent", "turns with text", "from the send to the first text, reasoning or answer"},
    {kTtfa, "ttfa", "turns with an answer", "from the intended instant to the first text that is not reasoning"},
    {kTtfaSent, "ttfa_sent", "turns with an answer", "from the send to the first text that is not reasoning"},
    {kE2e, "e2e", "completed turns", "from the intended instant to the end of the answer"},
    {kE2eSent, "e2e_sent", "completed turns", "from the send to the end of the answer"},
    {kTpot, "tpot", "completed turns with tokens after the first frame",
     "time per output token after the first frame with text"},
    {kFrameGap, "frame_gap", "gaps between frames with text", "between two frames with text"},
    {kLongestGap, "longest_gap", "turns with two frames of text", "the longest gap between frames with text of a turn"},
    {kItl, "itl", "gaps between tokens, where the node says when each was made", "between two tokens, at the node"},
    {kStall, "stall", "stalls", "a gap between frames above 1 s and above ten times its turn's median"},
    {kQueue, "queue", "turns of which the node says it", "waiting for a slot, by the node's clock"},
    {kPrefill, "prefill", "turns of which the node says it", "from the slot to the first token, by the node's clock"},
    {kCancelFree, "cancel_free", "cancelled turns of which the node says it",
     "from the cancellation until the node's slot is free"},
}};

static_assert(std::ranges::all_of(kTable, [](const MetricFacts& one) {
  return &one == &kTable[static_cast<std::size_t>(one.metric)];
}));

}  // namespace

const std::array<MetricFacts, kMetrics>& metric_table() {
  return kTable;
}

const MetricFacts& facts_of(Metric metric) {
  return kTable[static_cast<std::size_t>(metric)];
}

std::optional<Metric> metric_named(std::string_view name) {
  const auto* found = std::ranges::find(kTable, name, &MetricFacts::name);
  return found == kTable.end() ? std::nullopt : std::optional(found->metric);
}

bool is_turn_metric(Metric metric) {
  switch (metric) {
    case kDns:
    case kTcp:
    case kTls:
    case kUpgrade:
    case kSignIn:
    case kFrameGap:
    case kItl:
    case kStall:
      return false;
    default:
      return true;
  }
}

}  // namespace wsdeep::load
