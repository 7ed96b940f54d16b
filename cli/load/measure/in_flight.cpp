#include "load/measure/in_flight.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace wsdeep::load {

namespace {

/// Time in flight, part by part. A turn adds what it had of those in which it was sent and ended; to the ones between,
/// whole, by a difference at either end: so that a long turn costs no more than a short one.
class FlightParts {
 public:
  FlightParts(Micros end, Micros unit)
      : end_(end),
        unit_(unit),
        corrections_(static_cast<std::size_t>((end + unit - 1) / unit)),
        steps_(corrections_.size() + 1) {}

  void add(Micros from, Micros to) {
    from = std::max<Micros>(from, 0);
    to = std::min(to, end_);
    if (from >= to) return;
    const auto first = static_cast<std::size_t>(from / unit_);
    const auto last = static_cast<std::size_t>((to - 1) / unit_);
    ++steps_[first];
    --steps_[last + 1];
    corrections_[first] -= from - start(first);
    corrections_[last] -= start(last) + unit_ - to;
  }

  std::vector<double> means() const {
    std::vector<double> means;
    std::int64_t whole = 0;
    for (std::size_t part = 0; part < corrections_.size(); ++part) {
      whole += steps_[part];
      const Micros length = std::min(unit_, end_ - start(part));
      means.push_back(static_cast<double>(whole * unit_ + corrections_[part]) / static_cast<double>(length));
    }
    return means;
  }

 private:
  Micros start(std::size_t part) const { return static_cast<Micros>(part) * unit_; }

  Micros end_;
  Micros unit_;
  std::vector<Micros> corrections_;
  std::vector<std::int64_t> steps_;
};

}  // namespace

std::vector<double> mean_in_flight(const std::deque<KeptTurn>& turns, Micros end, Micros unit, Micros now) {
  if (end <= 0) return {};
  FlightParts parts(end, unit);
  for (const KeptTurn& turn : turns)
    if (turn.send != kNever) parts.add(turn.send, turn.over_at(now));
  return parts.means();
}

}  // namespace wsdeep::load
