#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/measure/subjects.h"
#include "load/report/result.h"

namespace wsdeep::load {

/// What `schema` is in a series' JSON.
inline constexpr std::string_view kSeriesSchema = "wsdeep.loadtest.series/1";

/// Where a true value lies in 95 of 100 cases.
struct ConfidenceInterval {
  double low = 0;
  double high = 0;

  bool operator==(const ConfidenceInterval&) const = default;
};

/// A figure of all runs of a side together.
struct PooledFigure {
  Subject subject;
  std::optional<double> value{};  ///< µs, a share, or per second; nothing: it was not measured in each run
  bool more_than = false;         ///< `> value`: what had not ended might have made it more
  std::optional<ConfidenceInterval> interval{};
  std::string no_interval{};           ///< why there is none
  std::optional<double> detectable{};  ///< as in ComparedFigure, by a comparison with as many runs of another side
};

/// One target, or one version of it, and what its valid runs say together.
struct SeriesSide {
  std::string target;
  std::vector<PooledFigure> figures{};
};

/// What a comparison found: of one figure, or of all.
enum class Finding {
  kNoDifference,
  kBetter,     ///< B is
  kWorse,      ///< B is, by more than is tolerated: a regression
  kUndecided,  ///< it cannot be judged
};

/// One figure of runs of A and of B.
struct ComparedFigure {
  Subject subject;
  std::optional<double> a{}, b{};                ///< of the runs' values the mean: of times and rates the geometric one
  std::optional<double> change{};                ///< b/a − 1; of shares b − a
  std::optional<ConfidenceInterval> interval{};  ///< of the change
  std::optional<double> p{};                     ///< after Holm, over all figures that are compared
  /// The least change that would be found in four of five comparisons like this one.
  std::optional<double> detectable{};
  Finding finding = Finding::kUndecided;
  std::string why{};  ///< of what is undecided
};

/// What whole runs of A and of B say about a difference between them.
struct Comparison {
  double allowed = 0;                    ///< of times and rates: a change for the worse of at most this is tolerated
  std::uint64_t runs_a = 0, runs_b = 0;  ///< that could be used
  std::vector<ComparedFigure> figures{};
  std::string cannot{};              ///< why it cannot be judged at all; empty: it can
  std::vector<std::string> notes{};  ///< what a reader has to know: runs that were left out, and differences

  /// A regression of any figure, else a figure that cannot be judged, else a difference.
  Finding finding() const;
};

/// Why there are several runs.
enum class SeriesPurpose {
  kRepeat,      ///< how sure the figures are
  kAgainst,     ///< whether another target is slower
  kSameTarget,  ///< what difference the set-up can see, and whether it sees one where there is none (A/A)
  kFiles,       ///< runs that were made before
};

/// What a side is called.
inline std::string side_letter(int side) {
  return side == 0 ? "A" : "B";
}

struct SeriesRun {
  int side = 0;
  Result result;
};

/// Several whole runs of the same load, on one target or on two.
struct Series {
  std::string id;  ///< random
  SeriesPurpose purpose = SeriesPurpose::kRepeat;
  std::uint64_t planned = 0;        ///< runs of each side; 0: they were not made for this
  std::vector<SeriesSide> sides{};  ///< one or two
  std::vector<SeriesRun> runs{};    ///< in the order in which they were made
  EndedBy ended_by = EndedBy::kSchedule;
  std::string ended_why{};
  std::optional<Comparison> comparison{};  ///< of two sides

  std::vector<const Result*> runs_of(int side) const;
};

/// Whether a series may use it: it was not INVALID, and went to its end.
bool is_usable(const Result& result);

}  // namespace wsdeep::load
