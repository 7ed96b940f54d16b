#include "load/measure/moments.h"

#include <cmath>
#include <numeric>

#include "load/measure/student_t.h"

namespace wsdeep::load {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double squares_around(std::span<const double> values, double centre) {
  return std::accumulate(values.begin(), values.end(), 0.0,
                         [&](double sum, double value) { return sum + (value - centre) * (value - centre); });
}

double variance_around(std::span<const double> values, double centre) {
  return squares_around(values, centre) / static_cast<double>(values.size() - 1);
}

double half_width_around(std::span<const double> values, double centre) {
  const auto count = static_cast<double>(values.size());
  return student_t_quantile(0.975, count - 1) * std::sqrt(variance_around(values, centre) / count);
}

}  // namespace wsdeep::load
