#include "load/plan/draw.h"

#include <cmath>
#include <numbers>

namespace wsdeep::load {

double draw_exponential(LongDice& dice) {
  return -std::log1p(-dice.unit());
}

double draw_normal(LongDice& dice) {
  const double radius = std::sqrt(2 * draw_exponential(dice));
  return radius * std::cos(2 * std::numbers::pi * dice.unit());
}

double draw_gamma(LongDice& dice, double shape) {
  if (shape < 1) {
    const double larger = draw_gamma(dice, shape + 1);
    return larger * std::pow(1 - dice.unit(), 1 / shape);
  }
  const double d = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = draw_normal(dice);
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log1p(-dice.unit()) < 0.5 * x * x + d * (1 - v + std::log(v))) return d * v;
  }
}

}  // namespace wsdeep::load
