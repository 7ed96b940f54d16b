#include "load/measure/spans.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wsdeep::load {

namespace {

using SpanTurns = std::vector<const KeptTurn*>;

NodeSpan node_span_of(std::string node, const SpanTurns& turns, Micros now) {
  Distribution ttft;
  for (const KeptTurn* turn : turns) add_reading(ttft, read_metric(*turn, Metric::kTtft, now));
  return {std::move(node), turns.size(), ttft.quantile(0.5), ttft.quantile(0.99)};
}

void count_fault(Span& span, const KeptTurn& turn, const std::string& reason) {
  if (turn.slow) ++span.slow;
  if (turn.how == TurnEnd::kCompleted || turn.how == TurnEnd::kCancelled) return;
  ++span.reasons[reason.empty() ? "no reason told" : reason];
}

void fill_span(Span& span, const RunLog& log, const SpanTurns& turns, Micros now) {
  std::map<std::uint16_t, SpanTurns> by_node;
  for (const KeptTurn* turn : turns) {
    count_fault(span, *turn, log.reason_of(*turn));
    by_node[turn->node].push_back(turn);
  }
  for (const auto& [node, its_turns] : by_node)
    if (const std::string& name = log.nodes().name(node); !name.empty())
      span.nodes.push_back(node_span_of(name, its_turns, now));
}

}  // namespace

std::vector<Span> spans_of(const RunLog& log, Micros now) {
  if (now <= 0) return {};
  const Micros seconds = (now + kOneSecond - 1) / kOneSecond;
  const Micros length = (seconds + kMostSpans - 1) / kMostSpans * kOneSecond;
  std::vector<SpanTurns> turns(static_cast<std::size_t>((now + length - 1) / length));
  for (const KeptTurn& turn : log.turns()) {
    const auto at = static_cast<std::size_t>(std::max<Micros>(0, turn.intended) / length);
    if (at < turns.size()) turns[at].push_back(&turn);
  }
  std::vector<Span> spans(turns.size());
  for (std::size_t at = 0; at < spans.size(); ++at) {
    spans[at].from = static_cast<Micros>(at) * length;
    spans[at].to = std::min(now, spans[at].from + length);
    fill_span(spans[at], log, turns[at], now);
  }
  return spans;
}

}  // namespace wsdeep::load
