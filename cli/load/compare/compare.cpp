#include "load/compare/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "base/suggest.h"
#include "load/compare/difference.h"
#include "load/compare/usable_runs.h"
#include "load/measure/level_results.h"
#include "load/measure/moments.h"
#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

using RunList = std::vector<const Result*>;

double change_of(const Subject& subject, double difference) {
  return is_ratio(subject) ? std::expm1(difference) : difference;
}

/// A figure's values, run by run, as they are compared.
struct FigureSample {
  std::vector<double> values;
  bool bounded = false;  ///< some are lower bounds
  std::string why;       ///< why they cannot be compared
};

FigureSample sample_of(const Subject& subject, const RunList& runs) {
  FigureSample sample;
  for (const Result* run : runs) {
    const auto value = value_of(subject, run->summary);
    if (!value) return {{}, false, "it was not measured in each run"};
    if (is_ratio(subject) && value->value <= 0) return {{}, false, "it was 0 in a run, which has no ratio to another"};
    sample.bounded = sample.bounded || value->more_than;
    sample.values.push_back(is_ratio(subject) ? std::log(value->value) : value->value);
  }
  return sample;
}

double mean_figure(const Subject& subject, const std::vector<double>& values) {
  const double mean = mean_of(values);
  return is_ratio(subject) ? std::exp(mean) : mean;
}

bool all_the_same(const FigureSample& a, const FigureSample& b) {
  const double first = a.values.front();
  const auto same = [first](double value) { return value == first; };
  return std::ranges::all_of(a.values, same) && std::ranges::all_of(b.values, same);
}

/// One figure on its way to a finding.
struct FigureTest {
  ComparedFigure figure;
  FigureSample a, b;
  std::optional<Difference> difference;  ///< nothing: it is not tested

  bool worse() const { return (difference->estimate() > 0) != figure.subject.more_is_better; }
};

/// Of both sides. For the worse what is tolerated has to be passed.
double p_of(const FigureTest& test, double allowed) {
  const Subject& subject = test.figure.subject;
  const double sign = subject.more_is_better ? -1 : 1;
  const double tolerated = test.worse() && is_ratio(subject) ? std::log1p(sign * allowed) : 0;
  const bool larger = test.difference->estimate() > 0;
  return std::min(1.0, 2 * (larger ? test.difference->p_above(tolerated) : test.difference->p_below(tolerated)));
}

FigureTest start_test(const Subject& subject, const RunList& a, const RunList& b) {
  FigureTest test{{.subject = subject}, sample_of(subject, a), sample_of(subject, b), {}};
  test.figure.why = test.a.why.empty() ? test.b.why : test.a.why;
  if (!test.figure.why.empty() || a.empty() || b.empty()) return test;
  test.figure.a = mean_figure(subject, test.a.values);
  test.figure.b = mean_figure(subject, test.b.values);
  const Difference difference(test.a.values, test.b.values);
  test.figure.change = change_of(subject, difference.estimate());
  if (std::min(a.size(), b.size()) < kLeastRuns) return test;
  if (const auto interval = difference.interval())
    test.figure.interval = {change_of(subject, interval->low), change_of(subject, interval->high)};
  if (all_the_same(test.a, test.b))
    test.figure.finding = Finding::kNoDifference;
  else
    test.difference = difference;
  return test;
}

/// What lower bounds prove is enough only where B is what they are bounds of, and worse all the same.
bool bounds_leave_it_open(const FigureTest& test) {
  return test.a.bounded || (test.b.bounded && test.figure.finding != Finding::kWorse);
}

void decide(FigureTest& test) {
  ComparedFigure& figure = test.figure;
  if (*figure.p <= kFalseAlarms)
    figure.finding = test.worse() ? Finding::kWorse : Finding::kBetter;
  else if (figure.detectable)
    figure.finding = Finding::kNoDifference;
  else
    figure.why = "so many figures of so few runs leave no difference that could be found: compare fewer (--metric)";
  if (!bounds_leave_it_open(test)) return;
  figure.finding = Finding::kUndecided;
  figure.why = "turns that had not ended might have made it more: a longer --drain tells";
}

void test_all(std::vector<FigureTest>& tests, double allowed) {
  std::vector<FigureTest*> tested;
  std::vector<double> ps;
  for (FigureTest& test : tests) {
    if (!test.difference) continue;
    tested.push_back(&test);
    ps.push_back(p_of(test, allowed));
  }
  ps = holm(ps);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    FigureTest& test = *tested[i];
    test.figure.p = ps[i];
    if (const auto least = test.difference->detectable(kFalseAlarms / static_cast<double>(ps.size())))
      test.figure.detectable = change_of(test.figure.subject, *least);
    decide(test);
  }
}

/// What is compared of such tests unless somebody says what.
std::vector<Subject> default_subjects(const std::string& kind) {
  if (kind == "connect") return parse_subjects({"upgrade_p50", "e2e_p50", "e2e_p99", "error_share"});
  return parse_subjects({"ttft_p50", "ttft_p99", "e2e_p50", "error_share"});
}

bool was_measured(const Subject& subject, const RunList& runs) {
  return std::ranges::all_of(runs, [&](const Result* run) { return value_of(subject, run->summary).has_value(); });
}

/// Those of the kind of test are compared where there are any; what was asked for has to be there.
std::vector<Subject> subjects_for(const RunList& a, const RunList& b, const CompareOptions& options) {
  if (!options.subjects.empty() || a.empty() || b.empty()) return options.subjects;
  std::vector<Subject> subjects = default_subjects(a.front()->kind);
  std::erase_if(subjects, [&](const Subject& one) { return !was_measured(one, a) || !was_measured(one, b); });
  return subjects;
}

std::string too_few(std::size_t a, std::size_t b) {
  return fmt::format("{} of A and {} of B that can be used, and a comparison takes {} of each", a, b, kLeastRuns);
}

/// `5 s given`, `found`.
std::string warm_up_words(const RunList& runs) {
  const WarmUp& warm_up = runs.front()->summary.warm_up;
  return warm_up.found ? "as found" : fmt::format("{:.3g} s as given", static_cast<double>(warm_up.cut) / 1e6);
}

/// Differences that may be meant, and that a reader has to know.
void note_differences(const RunList& a, const RunList& b, std::vector<std::string>& notes) {
  if (a.empty() || b.empty()) return;
  if (a.front()->version != b.front()->version)
    notes.push_back(fmt::format("A was measured by wsdeep {}, B by {}", printable(a.front()->version),
                                printable(b.front()->version)));
  if (warm_up_words(a) != warm_up_words(b))
    notes.push_back(fmt::format("the warm-up was left out {} in A, {} in B", warm_up_words(a), warm_up_words(b)));
}

std::vector<std::string> notes_of(const UsableRuns& a, const UsableRuns& b) {
  std::vector<std::string> notes = a.notes;
  notes.insert(notes.end(), b.notes.begin(), b.notes.end());
  std::set<std::string> advice = a.advice;
  advice.insert(b.advice.begin(), b.advice.end());
  for (const std::string& each : advice) notes.push_back("so that none is left out: " + printable(each));
  note_differences(a.runs, b.runs, notes);
  return notes;
}

}  // namespace

std::vector<Subject> parse_subjects(const std::vector<std::string>& names) {
  std::vector<Subject> subjects;
  for (const std::string& name : names) {
    const auto subject = subject_named(name);
    if (!subject) {
      const auto near = closest(name, subject_names());
      throw Error(ErrorKind::kUsage,
                  fmt::format("--metric: '{}' is nothing that can be compared{}", printable(name),
                              near ? fmt::format(", did you mean '{}'?", *near) : ""),
                  fmt::format("it is {}", subjects_in_words()));
    }
    if (std::ranges::find(subjects, *subject) != subjects.end())
      throw Error(ErrorKind::kUsage, fmt::format("--metric: {} is named twice", name));
    subjects.push_back(*subject);
  }
  return subjects;
}

double parse_allowed(std::string_view words) {
  const bool percent = words.ends_with('%');
  const auto number = number_in(percent ? words.substr(0, words.size() - 1) : words);
  const double share = number.value_or(-1) / (percent ? 100 : 1);
  if (share < 0 || share >= 1)
    throw Error(ErrorKind::kUsage,
                fmt::format("--allow: expected a share such as 5%, below 100%, got '{}'", printable(words)));
  return share;
}

Comparison compare_runs(const RunList& all_a, const RunList& all_b, const CompareOptions& options) {
  Comparison comparison{.allowed = options.allowed};
  const UsableRuns a = usable_runs(all_a, "A");
  const UsableRuns b = usable_runs(all_b, "B");
  comparison.notes = notes_of(a, b);
  comparison.runs_a = a.runs.size();
  comparison.runs_b = b.runs.size();
  if (std::min(a.runs.size(), b.runs.size()) < kLeastRuns) comparison.cannot = too_few(a.runs.size(), b.runs.size());
  std::vector<FigureTest> tests;
  for (const Subject& subject : subjects_for(a.runs, b.runs, options))
    tests.push_back(start_test(subject, a.runs, b.runs));
  test_all(tests, options.allowed);
  for (FigureTest& test : tests) comparison.figures.push_back(std::move(test.figure));
  if (comparison.figures.empty() && comparison.cannot.empty()) comparison.cannot = "no figure was measured in each run";
  return comparison;
}

}  // namespace wsdeep::load
