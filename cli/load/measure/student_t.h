#pragma once

namespace wsdeep::load {

/// Student's t distribution. `degrees` of freedom may be a fraction, above 0.

/// The chance of a value beyond ±t.
double student_t_beyond(double t, double degrees);
/// The value below which this share lies: 2.776 at 0.975 and 4 degrees. `share` above 0 and below 1.
double student_t_quantile(double share, double degrees);

}  // namespace wsdeep::load
