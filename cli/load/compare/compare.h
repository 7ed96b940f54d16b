#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "load/report/series.h"

// Is B slower than A? The unit is the whole run. Single requests of a run are no independent sample of anything (those
// that wait in one queue wait together), and a test over them raises a false alarm in a third to nearly all of the
// comparisons of a target with itself (LOADTEST.md); so there is none here.

namespace wsdeep::load {

/// With fewer runs on a side nothing is judged.
inline constexpr std::size_t kLeastRuns = 5;
/// The share of comparisons of what is the same that may find a difference.
inline constexpr double kFalseAlarms = 0.05;

/// Times and rates are compared by their ratio: as logarithms.
inline bool is_ratio(const Subject& subject) {
  return !std::holds_alternative<Share>(subject.what);
}

struct CompareOptions {
  /// Empty: those that the kind of test has.
  std::vector<Subject> subjects{};
  /// Of times and rates: a change for the worse up to this share is no regression.
  double allowed = 0;
};

/// Reads the names of figures to compare. Throws Error{kUsage} that names one that there is not, or that comes twice.
std::vector<Subject> parse_subjects(const std::vector<std::string>& names);
/// Reads `5%` or `0.05`. Throws Error{kUsage} for what is no share from 0 to below 1.
double parse_allowed(std::string_view words);

/// Compares runs of A with runs of B. Runs that cannot be used are left out, and named in the notes.
Comparison compare_runs(const std::vector<const Result*>& a, const std::vector<const Result*>& b,
                        const CompareOptions& options);

}  // namespace wsdeep::load
