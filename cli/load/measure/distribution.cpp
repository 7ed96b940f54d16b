#include "load/measure/distribution.h"

namespace wsdeep::load {

std::optional<Quantile> Distribution::quantile(double share) const {
  if (counted() == 0) return std::nullopt;
  const std::uint64_t rank = Histogram::rank_of(share, counted());
  const std::size_t index = Histogram::index_at_rank(values, censored, rank);
  const bool more_than = values.count_up_to(Histogram::lowest_at(index)) < rank;
  return Quantile{more_than ? Histogram::lowest_at(index) : Histogram::highest_at(index), more_than};
}

void Distribution::add(const Distribution& other) {
  values.add(other.values);
  censored.add(other.censored);
  of += other.of;
}

}  // namespace wsdeep::load
