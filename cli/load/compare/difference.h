#pragma once

#include <optional>
#include <vector>

#include "load/report/series.h"

namespace wsdeep::load {

/// What two samples of runs say about how much larger B is than A: a value for each run, of times and rates its
/// logarithm. Exact by all permutations of the runs, where they are few enough; by Welch's t beyond.
class Difference {
 public:
  /// Neither is empty.
  Difference(std::vector<double> a, std::vector<double> b);

  /// Of the means, B − A.
  double estimate() const;
  /// The chance, one-sided, of a difference as large as this one if the true one is at most `least` (or as small, if it
  /// is at least `most`).
  double p_above(double least) const;
  double p_below(double most) const;
  /// Of 95 %: the differences that a test of both sides does not refuse. Nothing when the runs are too few for it.
  std::optional<ConfidenceInterval> interval() const;
  /// The least difference that a test at `alpha`, of both sides, finds in four of five cases; nothing when no
  /// difference could be found.
  std::optional<double> detectable(double alpha) const;

 private:
  bool exact() const { return !steps_.empty(); }
  double attainable(double alpha) const;

  std::vector<double> a_, b_;
  /// Sorted: for each way of giving the runs to two sides, but for the one that was, the true difference at which it
  /// would show the same mean difference. Empty: there are too many ways.
  std::vector<double> steps_;
  double standard_error_ = 0;  ///< Welch's
  double degrees_ = 0;
};

/// The p-values of several figures, each so much larger that one false alarm among all is as seldom as p says (Holm).
std::vector<double> holm(const std::vector<double>& ps);

}  // namespace wsdeep::load
