#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "load/report/series.h"

namespace wsdeep::load {

/// The runs of one side that figures may be made of.
struct UsableRuns {
  std::vector<const Result*> runs;
  std::vector<std::string> notes;  ///< a line for each that was left out, and for each that needs a word
  std::set<std::string> advice;    ///< what to do so that fewer are left out: mostly the same for many
};

/// `side` as it is called: `A`, `B`; empty where there is one.
UsableRuns usable_runs(const std::vector<const Result*>& all, std::string_view side);

}  // namespace wsdeep::load
