#include "load/plan/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "load/plan/draw.h"
#include "load/plan/streams.h"

/// How arrivals are drawn under a rate that changes. Let Λ(t) be the number of arrivals that are expected until t: a
/// sum of parabolas, one for each stage. Drawn are instants of a process of rate 1, and each is sent where Λ reaches
/// it:
///
///   constant   0, 1, 2, …             5/s for a minute: at 0 s, 0.2 s … 59.8 s; a ramp from 0/s to 10/s over 10 s:
///                                     at t²/2 = n, so at 0 s, 1.41 s, 2 s, 2.45 s …
///   poisson    sums of −log1p(−u)     a Poisson process with that rate, by the time change, without thinning
///   gamma      sums of gaps of shape b and mean 1
///
/// `poisson-fixed-n` draws, for each stage, as many uniform values as it expects arrivals, and sorts them: what a
/// Poisson process looks like among all those that have this number.
namespace wsdeep::load {
namespace {

double seconds_in(const Stage& stage) {
  return static_cast<double>(stage.duration) / 1e6;
}

double expected_in(const Stage& stage) {
  return (stage.rate_from + stage.rate_to) / 2 * seconds_in(stage);
}

double expected_in(const std::vector<Stage>& stages) {
  return std::accumulate(stages.begin(), stages.end(), 0.0,
                         [](double sum, const Stage& stage) { return sum + expected_in(stage); });
}

/// Seconds into the stage at which `count` arrivals are expected. The root of rate·t + slope/2·t² = count, written so
/// that nothing cancels out.
double time_into(const Stage& stage, double count) {
  if (count <= 0) return 0;
  const double slope = (stage.rate_to - stage.rate_from) / seconds_in(stage);
  const double rate_then = std::sqrt(std::max(0.0, stage.rate_from * stage.rate_from + 2 * slope * count));
  return std::min(2 * count / (stage.rate_from + rate_then), seconds_in(stage));
}

/// Finds instants by their expected count, for counts that do not fall.
class Inverse {
 public:
  explicit Inverse(const std::vector<Stage>& stages) : stages_(stages) {}

  /// False behind the last stage.
  bool go_to(double count) {
    while (stage_ < stages_.size() && count - counted_ >= expected_in(stages_[stage_])) {
      counted_ += expected_in(stages_[stage_]);
      begin_ += stages_[stage_].duration;
      ++stage_;
    }
    if (stage_ == stages_.size()) return false;
    const Micros into = std::llround(time_into(stages_[stage_], count - counted_) * 1e6);
    at_ = begin_ + std::min(into, stages_[stage_].duration - 1);
    return true;
  }
  Micros at() const { return at_; }
  int stage() const { return static_cast<int>(stage_); }

 private:
  const std::vector<Stage>& stages_;
  std::size_t stage_ = 0;
  double counted_ = 0;  ///< expected before this stage
  Micros begin_ = 0;    ///< of this stage
  Micros at_ = 0;
};

/// Draws the expected counts at which arrivals come, one after another.
class UnitProcess {
 public:
  UnitProcess(const LoadShape& shape, const std::vector<Stage>& stages) : shape_(shape), dice_(shape.seed) {
    if (shape.arrivals == Arrivals::kPoissonFixedN) draw_all(stages);
  }

  /// The next one; beyond every stage when there are no more.
  double next() {
    switch (shape_.arrivals) {
      case Arrivals::kConstant:
        return static_cast<double>(drawn_++);
      case Arrivals::kPoisson:
        return count_ += draw_exponential(dice_);
      case Arrivals::kGamma:
        return count_ += draw_gamma(dice_, shape_.burstiness) / shape_.burstiness;
      case Arrivals::kPoissonFixedN:
        break;
    }
    return drawn_ < sorted_.size() ? sorted_[drawn_++] : HUGE_VAL;
  }

 private:
  void draw_all(const std::vector<Stage>& stages) {
    double before = 0;
    for (const Stage& stage : stages) {
      const double expected = expected_in(stage);
      const auto first = static_cast<std::ptrdiff_t>(sorted_.size());
      for (auto left = std::llround(expected); left > 0; --left) sorted_.push_back(before + expected * dice_.unit());
      std::sort(sorted_.begin() + first, sorted_.end());
      before += expected;
    }
  }

  const LoadShape& shape_;
  LongDice dice_;
  std::size_t drawn_ = 0;
  double count_ = 0;
  std::vector<double> sorted_{};
};

[[noreturn]] void refuse_arrivals(double expected) {
  throw Error(ErrorKind::kUsage,
              fmt::format("the load has {:.0f} arrivals, and a schedule at most {}", expected, kMaxArrivals),
              "a lower rate, a shorter duration, or fewer --requests");
}

/// How many arrivals are to be drawn at most, which has to be few enough.
std::uint64_t bounded_count(const LoadShape& shape) {
  const double expected = expected_in(shape.stages);
  if (!(expected >= 0 && expected <= static_cast<double>(kMaxArrivals)) &&
      (shape.arrivals == Arrivals::kPoissonFixedN || shape.requests.value_or(kMaxArrivals + 1) > kMaxArrivals))
    refuse_arrivals(expected);
  return std::min(shape.requests.value_or(kMaxArrivals), kMaxArrivals);
}

/// The stages until `end`, the last of them cut, with its rate there.
std::vector<Stage> stages_until(const std::vector<Stage>& stages, Micros end) {
  std::vector<Stage> cut;
  Micros begin = 0;
  for (Stage stage : stages) {
    if (begin >= end && !cut.empty()) break;
    const Micros length = std::max<Micros>(1, std::min(stage.duration, end - begin));
    stage.rate_to = stage.rate_from + (stage.rate_to - stage.rate_from) * static_cast<double>(length) /
                                          static_cast<double>(stage.duration);
    begin += stage.duration;
    stage.duration = length;
    cut.push_back(std::move(stage));
  }
  return cut;
}

}  // namespace

Micros Schedule::length() const {
  return std::accumulate(stages.begin(), stages.end(), Micros{0},
                         [](Micros sum, const Stage& stage) { return sum + stage.duration; });
}

Schedule make_schedule(const LoadShape& shape) {
  const std::uint64_t most = bounded_count(shape);
  Schedule schedule{.stages = shape.stages, .arrivals = {}};
  UnitProcess process(shape, shape.stages);
  Inverse inverse(shape.stages);
  while (inverse.go_to(process.next())) {
    const std::uint64_t index = schedule.arrivals.size();
    if (index == most && !shape.requests) refuse_arrivals(static_cast<double>(index) + 1);
    if (index == most) {
      schedule.stages = stages_until(shape.stages, inverse.at());
      break;
    }
    schedule.arrivals.push_back({.index = index,
                                 .intended = inverse.at(),
                                 .stage = inverse.stage(),
                                 .cancel_after = cancel_after_of(shape, index)});
  }
  return schedule;
}

std::uint64_t busiest_second(const Schedule& schedule) {
  const std::vector<Arrival>& arrivals = schedule.arrivals;
  std::size_t most = 0;
  for (std::size_t first = 0, behind = 0; first < arrivals.size(); ++first) {
    while (behind < arrivals.size() && arrivals[behind].intended < arrivals[first].intended + 1'000'000) ++behind;
    most = std::max(most, behind - first);
  }
  return most;
}

Micros cancel_after_of(const LoadShape& shape, std::uint64_t index) {
  if (shape.cancel_share <= 0) return kNever;
  const bool gives_up = Dice(stream_seed(shape.seed, Stream::kCancel, index)).unit() < shape.cancel_share;
  return gives_up ? shape.cancel_after : kNever;
}

Micros think_before(const LoadShape& shape, std::uint64_t index) {
  LongDice dice(stream_seed(shape.seed, Stream::kThink, index));
  return std::llround(draw_exponential(dice) * static_cast<double>(shape.think));
}

}  // namespace wsdeep::load
