#include "load/measure/live.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "load/measure/seconds.h"

namespace wsdeep::load {

namespace {

bool is_error(const KeptTurn& turn) {
  return turn.how == TurnEnd::kRefused || turn.how == TurnEnd::kFailed || turn.how == TurnEnd::kTruncated;
}

std::pair<std::optional<Quantile>, std::optional<Quantile>> ends_of(const Distribution& distribution) {
  return {distribution.quantile(0.5), distribution.quantile(0.99)};
}

/// The turns that ended in the last ten whole seconds, and in the last one.
class LastTurns {
 public:
  /// `nodes`: all that are known, with what they did so far.
  LastTurns(const RunLog& log, std::vector<LiveNode> nodes, Micros now)
      : log_(log), now_(now), nodes_(std::move(nodes)), node_ttft_(nodes_.size()) {
    const Micros to = now / kOneSecond * kOneSecond;
    window_ = {std::max<Micros>(0, to - kRecentTime), to};
    second_ = {to - kOneSecond, to};
    last_.at = second_.from / kOneSecond;
    last_.tokens = received_in(second_);
    log.for_ended_since(window_.from, [this](const KeptTurn& turn) {
      if (window_.holds(turn.end)) add(turn);
    });
  }

  const Window& window() const { return window_; }
  const Second& second() const { return last_; }
  const Distribution& ttft() const { return ttft_; }
  double goodput() const { return window_.rate(static_cast<double>(good_)); }
  double tokens_in(const Window& window) const { return window.rate(static_cast<double>(received_in(window))); }

  /// But those of which no turn has ended; nothing where no node was ever named.
  std::vector<LiveNode> take_nodes() {
    for (std::size_t node = 0; node < nodes_.size(); ++node) nodes_[node].ttft_p50 = node_ttft_[node].quantile(0.5);
    std::erase_if(nodes_, [](const LiveNode& node) { return node.turns == 0; });
    if (nodes_.size() == 1 && nodes_.front().name == kNoNode) nodes_.clear();
    return std::move(nodes_);
  }

 private:
  void add(const KeptTurn& turn) {
    const Reading reading = read_metric(turn, Metric::kTtft, now_);
    add_reading(ttft_, reading);
    add_reading(node_ttft_[turn.node], reading);
    ++nodes_[turn.node].recent;
    if (is_error(turn)) ++nodes_[turn.node].recent_bad;
    if (turn.good()) ++good_;
    if (second_.holds(turn.end)) count_second(last_, turn);
  }

  std::uint64_t received_in(const Window& window) const {
    return log_.received().in(window, log_.counted_by().value_or(TokenCount::kNone));
  }

  const RunLog& log_;
  const Micros now_;
  Window window_;
  Window second_;
  Second last_;
  Distribution ttft_;
  std::uint64_t good_ = 0;
  std::vector<LiveNode> nodes_;
  std::vector<Distribution> node_ttft_;
};

}  // namespace

void LiveLook::count(const KeptTurn& turn) {
  while (nodes_.size() <= turn.node) nodes_.push_back({.name = node_or_none(log_.nodes().name(nodes_.size()))});
  LiveNode& node = nodes_[turn.node];
  ++node.turns;
  if (turn.how == TurnEnd::kCompleted) node.last_good = std::max(node.last_good, turn.end);
  if (!is_error(turn)) return;
  ++node.bad;
  ++errors_[log_.reason_of(turn)];
}

void LiveLook::catch_up(Micros now) {
  for (; counted_ < log_.turns().size(); ++counted_) {
    count(log_.turns()[counted_]);
    levels_.add(log_.turns()[counted_], now);
  }
}

Live LiveLook::look(Micros now) {
  catch_up(now);
  LastTurns last(log_, nodes_, now);
  Live live{.last = last.second(), .so_far = log_.tally(), .errors = errors_};
  std::tie(live.ttft_p50, live.ttft_p99) = ends_of(last.ttft());
  Distribution gaps;
  gaps.values = log_.frame_gaps().ended_in(last.window());
  std::tie(live.frame_gap_p50, live.frame_gap_p99) = ends_of(gaps);
  live.nodes = last.take_nodes();
  live.levels = levels_.judge(now, {.goodput = last.goodput(), .tokens = last.tokens_in(last.window())});
  return live;
}

}  // namespace wsdeep::load
