#include "load/measure/distribution.h"

#include <algorithm>

namespace wsdeep::load {

namespace {

std::uint64_t count_at(const Histogram& histogram, std::size_t index) {
  return index < histogram.counts().size() ? histogram.counts()[index] : 0;
}

}  // namespace

std::optional<Quantile> Distribution::quantile(double share) const {
  if (counted() == 0) return std::nullopt;
  const std::uint64_t rank = Histogram::rank_of(share, counted());
  const std::size_t end = std::max(values.counts().size(), censored.counts().size());
  std::uint64_t complete = 0, bounds = 0;
  std::size_t index = 0;
  for (; index < end; ++index) {
    complete += count_at(values, index);
    bounds += count_at(censored, index);
    if (complete + bounds >= rank) break;
  }
  const bool more_than = complete < rank;
  return Quantile{more_than ? Histogram::lowest_at(index) : Histogram::highest_at(index), more_than};
}

void Distribution::add(const Distribution& other) {
  values.add(other.values);
  censored.add(other.censored);
  of += other.of;
}

}  // namespace wsdeep::load
