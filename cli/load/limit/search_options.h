#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/levels.h"
#include "load/plan/plan.h"
#include "load/report/limit_search.h"
#include "load/runs.h"

namespace wsdeep::load {

/// What is searched.
struct SearchOptions {
  std::string kind;  ///< as in Result, like the target
  std::string target;
  PlanOptions plan{};  ///< what all runs have in common
  LoadAxis axis = LoadAxis::kRate;
  std::vector<Level> levels{};           ///< as with_error_level makes them
  std::optional<double> first{};         ///< where to begin; nothing: a burst tells
  double cap = 1000;                     ///< the highest load that is allowed
  int most_users = 10'000;               ///< who may ask at once
  Micros budget = 0;                     ///< how long all of it may take; 0: as long as its points
  std::optional<Micros> point_length{};  ///< of a point's first run; nothing: it follows from levels and load
};

/// What it does it with; the only clock is the caller's.
struct SearchTools {
  RunOne run;
  std::function<Micros()> elapsed;                    ///< since the search began
  std::function<bool(Micros)> pause;                  ///< false: it was interrupted meanwhile
  std::function<void(const std::string& step)> said;  ///< what is done next, and what came of it; may be empty
};

/// These, and `error_share<5%` where none of them speaks of errors: a target that turns away what it cannot answer
/// would have no limit else. Where one allows less than 5 % to be beyond it, no more than that: `error_share<1%`.
std::vector<Level> with_error_level(std::vector<Level> levels);

/// The nearest load that can be said in a few digits: of users a whole number.
double sayable_load(LoadAxis axis, double load);

}  // namespace wsdeep::load
