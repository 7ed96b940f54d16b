#include "load/flight_count.h"

#include <algorithm>
#include <cmath>

namespace wsdeep::load {
namespace {

constexpr double kLittleTolerance = 0.02;
/// From the intended instant to the begin, and from the end to the word of it.
constexpr double kAroundATurn = 200;

/// What was cancelled is told when its node has said what it left there, and what is unfinished when the run ends: both
/// count until then.
Micros end_of(const TurnRecord& record, Micros now) {
  const bool waited = record.how == TurnEnd::kCancelled || record.how == TurnEnd::kUnfinished || record.end == kNever;
  return waited ? now : record.end;
}

}  // namespace

void FlightCount::begun() {
  const std::lock_guard lock(mutex_);
  const Micros now = clock_.now();
  if (first_ == kNever) first_ = since_ = now;
  count(1, now);
}

void FlightCount::told(const TurnRecord& record) {
  const std::lock_guard lock(mutex_);
  const Micros now = clock_.now();
  times_ += static_cast<double>(end_of(record, now) - record.intended);
  ++turns_;
  count(-1, now);
}

LittleCheck FlightCount::check() const {
  const std::lock_guard lock(mutex_);
  const Micros now = clock_.now();
  const double area = area_until(now);
  const double larger = std::max(area, times_);
  if (first_ == kNever || now <= first_ || larger <= 0) return {};
  const auto length = static_cast<double>(now - first_);
  return {.in_flight = area / length,
          .rate_times_time = times_ / length,
          .residual = std::abs(area - times_) / larger,
          .allowance = kLittleTolerance + kAroundATurn * static_cast<double>(turns_) / larger};
}

double FlightCount::area_until(Micros now) const {
  return area_ + static_cast<double>(in_flight_) * static_cast<double>(now - since_);
}

void FlightCount::count(std::int64_t change, Micros now) {
  area_ = area_until(now);
  since_ = now;
  in_flight_ += change;
}

}  // namespace wsdeep::load
