#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "commands/command.h"
#include "load/compare/compare.h"

namespace wsdeep::commands {

/// Several runs instead of one, and what is to be said of them.
struct SeriesOptions {
  std::uint64_t repeat = 0;  ///< runs, of each side; 0: one run, or as many as a comparison takes
  std::string against;       ///< another target
  bool same_target = false;
  std::string between = "5s";
  std::vector<std::string> metrics;
  std::string allowed = "0%";

  bool two_sides() const { return same_target || !against.empty(); }
  bool asked_for() const { return repeat > 0 || two_sides(); }
};

/// `--repeat` and what goes with it. `another` says what `--against` names; empty: such tests have none.
void add_series_options(const Command& command, SeriesOptions& options, const std::string& another);
/// `--metric` and `--allow`: what is compared, and what of it is tolerated.
void add_compare_options(const Command& command, SeriesOptions& options);

/// Throws Error{kUsage} for words that are wrong.
load::CompareOptions compare_options_of(const SeriesOptions& options);

}  // namespace wsdeep::commands
