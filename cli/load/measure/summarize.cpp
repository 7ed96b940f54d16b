#include "load/measure/summarize.h"

#include <algorithm>
#include <string>
#include <vector>

#include "load/measure/balance.h"
#include "load/measure/level_results.h"
#include "load/measure/seconds.h"
#include "load/measure/slice_builder.h"
#include "load/measure/spans.h"
#include "load/measure/turn_levels.h"
#include "load/measure/warm_up.h"

namespace wsdeep::load {

namespace {

/// The builders of a summary's slices, and what goes into which.
class Slices {
 public:
  Slices(const RunLog& log, const Window& window, Micros now);

  /// A turn that the slices measure.
  void add_measured(const KeptTurn& turn);
  void add_presence(const KeptTurn& turn);
  /// Nobody knows which node has it.
  void add_open(const KeptTurn& turn);
  void add(const CellKey& key, const Cell& cell);
  void build(Summary& summary);

 private:
  void set_tokens();

  const RunLog& log_;
  SliceBuilder whole_;
  std::vector<SliceBuilder> stages_;
  std::vector<SliceBuilder> nodes_;
};

Slices::Slices(const RunLog& log, const Window& window, Micros now) : log_(log), whole_("all", window, now) {
  for (std::size_t stage = 0; stage < log.stages().size(); ++stage)
    stages_.emplace_back(log.stages()[stage].name, log.stage_window(stage, now).within(window), now);
  for (std::size_t node = 0; node < log.nodes().size(); ++node)
    nodes_.emplace_back(log.nodes().name(node), window, now);
}

void Slices::add_measured(const KeptTurn& turn) {
  for (SliceBuilder* slice : {&whole_, &stages_[turn.stage], &nodes_[turn.node]})
    slice->add_intended(turn, log_.reason_of(turn));
}

void Slices::add_presence(const KeptTurn& turn) {
  whole_.add_presence(turn);
  nodes_[turn.node].add_presence(turn);
  for (SliceBuilder& stage : stages_) stage.add_presence(turn);
}

void Slices::add_open(const KeptTurn& turn) {
  whole_.add_open(turn);
  stages_[turn.stage].add_open(turn);
}

void Slices::add(const CellKey& key, const Cell& cell) {
  if (key.second != CellKey::kLater && !whole_.window().holds(key.second * kOneSecond)) return;
  for (SliceBuilder* slice : {&whole_, &stages_[key.stage], &nodes_[key.node]}) slice->add(cell);
}

void Slices::set_tokens() {
  const auto found = log_.counted_by();
  const TokenCount count = found.value_or(TokenCount::kNone);
  const auto set = [&](SliceBuilder& slice, std::uint64_t received) { slice.set_tokens(count, !found, received); };
  set(whole_, log_.received().in(whole_.window(), count));
  for (SliceBuilder& stage : stages_) set(stage, log_.received().in(stage.window(), count));
  for (std::size_t node = 0; node < nodes_.size(); ++node)
    set(nodes_[node], log_.received().in(whole_.window(), count, node));
}

/// Attempts of which nobody said the node are a slice of their own, unless that is all of them.
void Slices::build(Summary& summary) {
  set_tokens();
  summary.whole = whole_.build();
  for (SliceBuilder& stage : stages_) summary.stages.push_back(stage.build());
  for (SliceBuilder& node : nodes_) summary.nodes.push_back(node.build());
  std::erase_if(summary.nodes, [](const Slice& node) { return node.tally.attempts == 0; });
  if (summary.nodes.size() == 1 && summary.nodes.front().name.empty()) summary.nodes.clear();
  for (Slice& node : summary.nodes) node.name = node_or_none(node.name);
}

void add_connections(const RunLog& log, const Window& window, Summary& summary) {
  log.connections().add_to(summary.whole.metrics);
  summary.close_codes = log.connections().close_codes();
  summary.connections_opened = log.connections().opened();
  summary.connections_failed = log.connections().failed();
  summary.connection_use =
      log.connections().use_in({window.from + log.options().begin, window.to + log.options().begin});
}

KeptTurn kept_of(const OpenTurn& open, const RunLog& log) {
  KeptTurn turn;
  turn.intended = log.on_schedule(open.intended);
  if (open.first != kNever) turn.first = log.on_schedule(open.first);
  turn.stage = log.stage_of(open.stage);
  return turn;
}

}  // namespace

Summary summarize(const RunLog& log, Micros now) {
  Summary summary;
  summary.warm_up = find_warm_up(log, now);
  Window window = log.measured(now);
  window.from = summary.warm_up.cut;
  Slices slices(log, window, now);
  for (const KeptTurn& turn : log.turns()) {
    slices.add_presence(turn);
    if (window.holds(turn.intended))
      slices.add_measured(turn);
    else
      count_turn(summary.outside, turn, log.reason_of(turn));
  }
  for (const auto& [key, cell] : log.cells()) slices.add(key, cell);
  slices.build(summary);
  add_connections(log, window, summary);
  if (log.coalescing().front().turns > 0) summary.coalescing = log.coalescing();
  summary.balance = balance_of(log, window);
  summary.seconds = seconds_of(log, now);
  summary.spans = spans_of(log, now);
  summary.levels = judge_levels(log.options().levels, summary);
  return summary;
}

Summary summarize_recent(const RunLog& log, Micros now, const std::vector<OpenTurn>& open) {
  const Micros to = now / kOneSecond * kOneSecond;
  const Window window{std::max<Micros>(0, to - kRecentTime), to};
  Summary summary;
  Slices slices(log, window, now);
  log.for_ended_since(window.from, [&](const KeptTurn& turn) {
    slices.add_presence(turn);
    if (window.holds(turn.end)) slices.add_measured(turn);
  });
  for (const OpenTurn& one : open) {
    KeptTurn turn = kept_of(one, log);
    const std::string& stage = log.stages()[turn.stage].name;
    turn.slow = is_slow_already(turn, log.options().levels, stage, now);
    if (turn.slow || is_slow_already(turn, log.options().abort_rules, stage, now)) slices.add_open(turn);
  }
  slices.build(summary);
  return summary;
}

}  // namespace wsdeep::load
