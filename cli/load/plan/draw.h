#pragma once

#include "base/dice.h"

/// What is drawn from the usual distributions, by formulas that need no table and give the same on every machine.
namespace wsdeep::load {

/// Exponential, mean 1: −log1p(−u).
double draw_exponential(LongDice& dice);
/// Normal, mean 0 and deviation 1 (Box and Muller; the second of the pair is not kept, so that a draw has no memory).
double draw_normal(LongDice& dice);
/// Gamma of this shape, mean `shape` (Marsaglia and Tsang; below 1 that of shape + 1, times u^(1/shape)).
double draw_gamma(LongDice& dice, double shape);

}  // namespace wsdeep::load
