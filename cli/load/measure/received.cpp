#include "load/measure/received.h"

namespace wsdeep::load {

void Received::Adder::add(Micros at, TokenCount count, std::uint64_t tokens) {
  if (counts_ == nullptr || !slot_.holds(at)) {
    if (all_.nodes_.size() <= node_) all_.nodes_.resize(node_ + 1);
    slot_ = all_.slot_of(at);
    counts_ = &all_.nodes_[node_][slot_.from];
  }
  (*counts_)[place_of(count)] += tokens;
}

std::uint64_t Received::in(const Window& window, TokenCount count) const {
  std::uint64_t sum = 0;
  for (std::size_t node = 0; node < nodes_.size(); ++node) sum += in(window, count, node);
  return sum;
}

std::uint64_t Received::in(const Window& window, TokenCount count, std::size_t node) const {
  if (node >= nodes_.size()) return 0;
  std::uint64_t sum = 0;
  const auto& slots = nodes_[node];
  for (auto slot = slots.lower_bound(window.from); slot != slots.end() && slot->first < window.to; ++slot)
    sum += slot->second[place_of(count)];
  return sum;
}

/// The part of a second, between cuts, that holds the instant.
Window Received::slot_of(Micros at) const {
  const Micros second = at - ((at % kOneSecond) + kOneSecond) % kOneSecond;
  Window slot{second, second + kOneSecond};
  const auto after = cuts_.upper_bound(at);
  if (after != cuts_.end()) slot.to = std::min(slot.to, *after);
  if (after != cuts_.begin()) slot.from = std::max(slot.from, *std::prev(after));
  return slot;
}

}  // namespace wsdeep::load
