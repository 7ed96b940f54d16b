#include "load/drive/plane_count.h"

#include "load/measure/distribution.h"
#include "load/measure/window.h"

namespace wsdeep::load {

void PlaneCount::add(const PairHalf& half, Micros now) {
  ++(half.came() ? answered_ : failed_);
  if (half.came()) recent_.push_back({now, half.ttft()});
  while (!recent_.empty() && recent_.front().at < now - kRecentTime) recent_.pop_front();
}

PlaneNow PlaneCount::now(Micros now) const {
  Distribution ttft;
  for (const Told& told : recent_)
    if (told.at >= now - kRecentTime) ttft.values.record(told.ttft);
  return {.answered = answered_, .failed = failed_, .ttft_p50 = ttft.quantile(0.5), .ttft_p99 = ttft.quantile(0.99)};
}

}  // namespace wsdeep::load
