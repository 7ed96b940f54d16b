#include "load/measure/student_t.h"

#include <cmath>

// The two-sided tail of Student's t is the regularized incomplete beta function I_x(ν/2, 1/2) at x = ν/(ν + t²), which
// is here computed by its continued fraction (modified by Lentz), as any table of formulas has it (DLMF 8.17.22). For
// example t = 2.776 with ν = 4: x = 0.3417, I = 0.0500.

namespace wsdeep::load {
namespace {

constexpr double kTiny = 1e-300;

double not_zero(double value) {
  return std::abs(value) < kTiny ? kTiny : value;
}

/// The continued fraction of the incomplete beta function; converges fast for x < (a + 1)/(a + b + 2).
double beta_fraction(double a, double b, double x) {
  double c = 1;
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  const auto step = [&](double term) {
    d = 1 / not_zero(1 + term * d);
    c = not_zero(1 + term / c);
    fraction *= c * d;
    return std::abs(c * d - 1);
  };
  for (double m = 1; m < 500; ++m) {
    step(m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)));
    if (step(-(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))) < 1e-15) break;
  }
  return fraction;
}

double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const double front =
      std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
  return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

}  // namespace

double student_t_beyond(double t, double degrees) {
  return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

double student_t_quantile(double share, double degrees) {
  if (share < 0.5) return -student_t_quantile(1 - share, degrees);
  double low = 0;
  double high = 1;
  while (student_t_beyond(high, degrees) / 2 > 1 - share) high *= 2;
  for (int step = 0; step < 100; ++step) {
    const double middle = (low + high) / 2;
    (student_t_beyond(middle, degrees) / 2 > 1 - share ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace wsdeep::load
