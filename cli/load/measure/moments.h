#pragma once

#include <span>

namespace wsdeep::load {

/// Of values of which there is at least one.
double mean_of(std::span<const double> values);
/// The sum of the squares of what each is away from `centre`.
double squares_around(std::span<const double> values, double centre);

/// Of values of which there are at least two: their variance around `centre`, by n − 1.
double variance_around(std::span<const double> values, double centre);
/// Of the 95 % interval around their mean, by Student's t with n − 1 degrees of freedom.
double half_width_around(std::span<const double> values, double centre);

}  // namespace wsdeep::load
