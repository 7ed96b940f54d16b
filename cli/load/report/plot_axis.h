#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// The axes of plots: where a value stands, and where the ticks are. Private to report/.
namespace wsdeep::load {

enum class PlotScale {
  kLinear,
  kLog,    ///< of values above 0; others stand at its low end
  kNines,  ///< of shares: p50, p90, p99, p99.9 are each as far from the one before, as HdrHistogram's plots have them
};

/// What part of the values an axis shows, and how.
struct PlotRange {
  PlotScale scale = PlotScale::kLinear;
  double low = 0;
  double high = 1;

  /// 0 at the low end, 1 at the high one, never beyond them; what is no number stands at the low end.
  double place(double value) const;
  /// What stands there.
  double value_at(double place) const;
};

/// How an axis tells its values.
using PlotText = std::string (*)(double);

struct PlotTick {
  double at = 0;
  std::string text;
};

/// Round numbers in the range: at most about `most` of them, and on a logarithmic axis at least the two nearest. None
/// of a range that has no end.
std::vector<PlotTick> plot_ticks(const PlotRange& range, std::size_t most, PlotText text);
/// Seconds of a run, at steps as clocks have them: 5 s, 15 s, a minute.
std::vector<PlotTick> plot_time_ticks(const PlotRange& range, std::size_t most);

/// From 0, or from the decade of the least one where the values are more than a hundredfold apart, up to a round
/// number. What is not above 0 counts for nothing, nor what only a broken file has: infinite, or beyond 1e300.
PlotRange plot_range_of(const std::vector<double>& values);

/// `0s`, `45s`, `1m30s`, `2h`
std::string plot_seconds_text(double seconds);

}  // namespace wsdeep::load
