#include "load/measure/clock_offsets.h"

#include <algorithm>

namespace wsdeep::load {
namespace {

using Samples = std::vector<ClockSample>;

ClockOffset offset_of(const std::string& node, const ClockSample& best, std::uint64_t samples) {
  return {.node = node, .offset = best.offset(), .error = (best.round_trip() + 1) / 2, .samples = samples};
}

bool is_quicker(const ClockSample& a, const ClockSample& b) {
  return a.round_trip() < b.round_trip();
}

}  // namespace

bool ClockOffsets::add(const std::string& node, const ClockSample& sample) {
  if (sample.node_sent < sample.node_received || sample.round_trip() < 0) return false;
  const std::lock_guard lock(mutex_);
  samples_[node].push_back(sample);
  return true;
}

std::optional<ClockOffset> ClockOffsets::at(const std::string& node, Micros instant) const {
  const std::lock_guard lock(mutex_);
  const auto found = samples_.find(node);
  if (found == samples_.end()) return std::nullopt;
  const Samples& all = found->second;
  const auto from = std::lower_bound(all.begin(), all.end(), instant - kWindow,
                                     [](const ClockSample& sample, Micros time) { return sample.sent < time; });
  const auto to = std::upper_bound(from, all.end(), instant + kWindow,
                                   [](Micros time, const ClockSample& sample) { return time < sample.sent; });
  if (from == to) return std::nullopt;
  return offset_of(node, *std::min_element(from, to, is_quicker), static_cast<std::uint64_t>(to - from));
}

std::vector<ClockOffset> ClockOffsets::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<ClockOffset> offsets;
  for (const auto& [node, samples] : samples_)
    offsets.push_back(offset_of(node, *std::min_element(samples.begin(), samples.end(), is_quicker), samples.size()));
  return offsets;
}

}  // namespace wsdeep::load
