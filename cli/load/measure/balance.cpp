#include "load/measure/balance.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "load/measure/statistics.h"

namespace wsdeep::load {

namespace {

/// A turn k ≥ 2 after the turn k−1 of its conversation, both answered by nodes that are known.
struct Followed {
  const KeptTurn* turn;
  std::uint16_t node_before;

  bool moved() const { return turn->node != node_before; }
};

bool has_node(const RunLog& log, const KeptTurn& turn) {
  return !log.nodes().name(turn.node).empty();
}

/// The turns of the window whose node is known, each with the one before it.
std::vector<Followed> followed_turns(const RunLog& log, const Window& window) {
  std::vector<const KeptTurn*> turns;
  for (const KeptTurn& turn : log.turns()) turns.push_back(&turn);
  const auto place = [](const KeptTurn* turn) { return std::tuple(turn->plane, turn->conversation, turn->turn); };
  std::ranges::stable_sort(turns, {}, place);
  std::vector<Followed> followed;
  for (std::size_t i = 1; i < turns.size(); ++i) {
    const KeptTurn& before = *turns[i - 1];
    const KeptTurn& turn = *turns[i];
    const bool next =
        before.plane == turn.plane && before.conversation == turn.conversation && before.turn + 1 == turn.turn;
    if (next && window.holds(turn.intended) && has_node(log, before) && has_node(log, turn))
      followed.push_back({&turn, before.node});
  }
  return followed;
}

/// By node: the last instant at which it was seen at work.
std::vector<Micros> last_signs(const RunLog& log) {
  std::vector<Micros> signs(log.nodes().size(), kNever);
  for (const KeptTurn& turn : log.turns()) {
    const Micros sign = turn.how == TurnEnd::kCompleted ? turn.end : turn.last;
    signs[turn.node] = std::max(signs[turn.node], sign);
  }
  return signs;
}

void judge_stickiness(NodeBalance& balance, const RunLog& log, const std::vector<Followed>& followed) {
  const std::vector<Micros> signs = last_signs(log);
  std::uint64_t kept = 0;
  for (const Followed& one : followed) {
    if (one.moved() && signs[one.node_before] < one.turn->send) continue;
    ++balance.followed;
    if (!one.moved()) ++kept;
  }
  if (balance.followed > 0) balance.stickiness = static_cast<double>(kept) / static_cast<double>(balance.followed);
}

void judge_skew(NodeBalance& balance, const RunLog& log, const Window& window) {
  std::map<std::uint16_t, std::uint64_t> turns;
  std::uint64_t all = 0;
  for (const KeptTurn& turn : log.turns()) {
    if (!window.holds(turn.intended) || !has_node(log, turn)) continue;
    ++turns[turn.node];
    ++all;
  }
  if (all == 0) return;
  const auto largest = std::ranges::max_element(turns, {}, [](const auto& one) { return one.second; })->second;
  balance.skew = static_cast<double>(largest) * static_cast<double>(turns.size()) / static_cast<double>(all);
}

/// What the regressions are over: the columns beside the constant, and what they explain.
struct KvColumns {
  std::vector<double> prompt_ktokens, moved, ttft_us;
  std::vector<double> uncached_ktokens, ttft_us_of_uncached;
};

KvColumns kv_columns(const std::vector<Followed>& followed) {
  KvColumns columns;
  for (const Followed& one : followed) {
    const KeptTurn& turn = *one.turn;
    if (turn.prompt_tokens == kUnknown || turn.send == kNever || !turn.has_text()) continue;
    const auto ttft_us = static_cast<double>(std::max<Micros>(0, turn.first - turn.send));
    columns.prompt_ktokens.push_back(turn.prompt_tokens / 1000.0);
    columns.moved.push_back(one.moved() ? 1 : 0);
    columns.ttft_us.push_back(ttft_us);
    if (turn.cached_tokens == kUnknown) continue;
    const std::uint32_t cached = std::min(turn.cached_tokens, turn.prompt_tokens);
    columns.uncached_ktokens.push_back((turn.prompt_tokens - cached) / 1000.0);
    columns.ttft_us_of_uncached.push_back(ttft_us);
  }
  return columns;
}

std::vector<double> ones(std::size_t count) {
  return std::vector<double>(count, 1.0);
}

void judge_kv(NodeBalance& balance, const std::vector<Followed>& followed) {
  const KvColumns columns = kv_columns(followed);
  const std::uint64_t turns = columns.ttft_us.size();
  const auto by_length = least_squares({ones(turns), columns.prompt_ktokens, columns.moved}, columns.ttft_us);
  if (!by_length) return;
  NodeBalance::KvEffect kv{.moved_minus_kept_us = by_length->coefficients[2],
                           .standard_error_us = by_length->standard_errors[2],
                           .turns = turns};
  const auto by_uncached =
      least_squares({ones(columns.uncached_ktokens.size()), columns.uncached_ktokens}, columns.ttft_us_of_uncached);
  if (by_uncached) kv.us_per_uncached_ktoken = by_uncached->coefficients[1];
  balance.kv = kv;
}

}  // namespace

NodeBalance balance_of(const RunLog& log, const Window& window) {
  NodeBalance balance;
  const std::vector<Followed> followed = followed_turns(log, window);
  judge_stickiness(balance, log, followed);
  judge_skew(balance, log, window);
  judge_kv(balance, followed);
  return balance;
}

}  // namespace wsdeep::load
