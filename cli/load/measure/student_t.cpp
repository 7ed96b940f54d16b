#include "load/measure/student_t.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace wsdeep::load {

double student_t_beyond(double t, double degrees) {
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), std::abs(t)));
}

double student_t_quantile(double share, double degrees) {
  return boost::math::quantile(boost::math::students_t(degrees), share);
}

}  // namespace wsdeep::load
