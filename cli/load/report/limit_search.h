#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/report/result.h"

namespace wsdeep::load {

/// What `schema` is in its JSON.
inline constexpr std::string_view kLimitSchema = "wsdeep.loadtest.limit/1";

/// In what a load is counted: turns a second, or users who wait for their answers.
enum class LoadAxis { kRate, kUsers };

/// Why a load was tried.
enum class TriedFor {
  kFirst,         ///< the first guess
  kDoubling,      ///< nothing had failed yet
  kHalving,       ///< nothing had passed yet
  kBisection,     ///< between the highest that passed and the lowest that failed
  kConfirmation,  ///< the highest that passed, again, with a fresh seed and for longer
  kSweep,         ///< the user named it
};

enum class PointJudgement {
  kPassed,     ///< every level is met, as far as chance allows to say it
  kFailed,     ///< a level is missed, or more came than was answered
  kUndecided,  ///< neither, within the time that a point may take
  kInvalid,    ///< the tool was the limit
};

/// What all runs of a point say of one level: the share that is beyond it, of what it allows.
struct LevelShare {
  std::string level;  ///< as it was given
  std::uint64_t beyond = 0;
  std::uint64_t of = 0;
  double allowed = 0;
  double low = 0;        ///< the share is above this …
  double high = 1;       ///< … and below this, each nominally as sure as `LimitSearch::confidence` says
  double clustered = 1;  ///< so many that came together count as one: neighbours share their fate
  Judgement judgement = Judgement::kUndecided;

  bool operator==(const LevelShare&) const = default;
};

/// One load that was tried.
struct LimitPoint {
  double load = 0;
  TriedFor tried_for = TriedFor::kFirst;
  std::vector<Result> runs;  ///< the first, and those that were made because it did not decide
  std::vector<LevelShare> levels;
  PointJudgement judged = PointJudgement::kUndecided;
  std::string why{};  ///< what decided, or what is missing
};

enum class SearchEnd {
  kFound,        ///< the interval is as narrow as was asked for, or no time would make it narrower
  kAtCap,        ///< the highest load that is allowed passed
  kToolLimit,    ///< this machine cannot send more, or was the limit of all that was tried
  kBudget,       ///< its time was over
  kLeastFails,   ///< so little load as hardly ever overlaps, or as a point can tell of, is too much
  kInterrupted,  ///< by a signal
  kFault,        ///< the target went away, or a run broke
  kSwept,        ///< every load that was named was tried
};

/// Something that was near the most that it can be.
struct NearLimit {
  std::string what;   ///< `slots of node n1`
  std::string value;  ///< `8 of 8 busy, 12 waiting at most`

  bool operator==(const NearLimit&) const = default;
};

/// What a search for the limit, or a sweep, found: an interval, and every run that it stands on.
struct LimitSearch {
  std::string id;    ///< random, for file names and labels
  std::string kind;  ///< as in Result, like the target and the version
  std::string target;
  std::string version;
  SystemTime started;
  LoadAxis axis = LoadAxis::kRate;
  std::vector<std::string> levels;  ///< what has to hold, also what was taken for granted
  double confidence = 0;            ///< of each bound of each point, nominally: if blocks were independent
  double precision = 0;             ///< the failing load / the passing one − 1 that was asked for
  double cap = 0;                   ///< the highest load that is allowed
  Micros budget = 0;                ///< how long it might take; 0: as long as its points
  Micros took = 0;
  std::optional<Result> alone{};
  std::optional<Result> burst{};
  std::vector<LimitPoint> points;  ///< in the order in which they were tried
  std::optional<double> passes{};  ///< the highest load below every failing one that passed
  std::optional<double> fails{};   ///< the lowest load that failed
  bool confirmed = false;          ///< `passes` passed again
  SearchEnd ended_by = SearchEnd::kFound;
  std::string ended_why{};
  std::string broke_first{};          ///< the level, where something failed by one
  std::vector<NearLimit> near_limit;  ///< at the lowest load that failed
  std::vector<std::string> notes;     ///< what else whoever believes it has to know
};

}  // namespace wsdeep::load
