#include "load/measure/summarize.h"

#include <vector>

#include "load/measure/slice_builder.h"

namespace wsdeep::load {

namespace {

/// The builders of a summary's slices, and what goes into which.
class Slices {
 public:
  Slices(const RunLog& log, const Window& window, Micros now);

  void add(const KeptTurn& turn);
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

void Slices::add(const KeptTurn& turn) {
  SliceBuilder& node = nodes_[turn.node];
  if (whole_.window().holds(turn.intended))
    for (SliceBuilder* slice : {&whole_, &stages_[turn.stage], &node}) slice->add_intended(turn, log_.reason_of(turn));
  whole_.add_presence(turn);
  node.add_presence(turn);
  for (SliceBuilder& stage : stages_) stage.add_presence(turn);
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

void Slices::build(Summary& summary) {
  set_tokens();
  summary.whole = whole_.build();
  for (SliceBuilder& stage : stages_) summary.stages.push_back(stage.build());
  for (SliceBuilder& node : nodes_) summary.nodes.push_back(node.build());
}

}  // namespace

Summary summarize(const RunLog& log, Micros now) {
  Summary summary;
  summary.warm_up.cut = log.options().warm_up.value_or(0);
  Window window = log.measured(now);
  window.from = summary.warm_up.cut;
  Slices slices(log, window, now);
  for (const KeptTurn& turn : log.turns()) {
    slices.add(turn);
    if (!window.holds(turn.intended)) count_turn(summary.outside, turn, log.reason_of(turn));
  }
  for (const auto& [key, cell] : log.cells()) slices.add(key, cell);
  slices.build(summary);
  return summary;
}

}  // namespace wsdeep::load
