#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "load/plan/plan.h"
#include "load/report/limit_search.h"
#include "load/report/outputs.h"

namespace wsdeep::commands {

/// What is asked of several loads: for the highest that is borne, or for what becomes of each of some.
struct SearchWords {
  bool find_limit = false;
  std::string find_limit_for = "40m";
  std::string sweep;

  bool wanted() const { return find_limit || !sweep.empty(); }
};

void add_search_options(const Command& command, SearchWords& words);

/// With --concurrency loads are users, else turns a second.
load::LoadAxis search_axis(const load::PlanOptions& plan);

/// `1/s,2/s,5/s`, or `2/s..32/s:5`: five, each by the same factor more than the one before; of users without `/s`.
/// Throws Error{kUsage} that says what may stand there.
std::vector<double> sweep_loads(const std::string& words, load::LoadAxis axis);

/// Throws Error{kUsage} for what a search has no use for.
void check_search_flags(const SearchWords& words, const load::PlanOptions& plan, const std::vector<std::string>& levels,
                        const load::OutputOptions& outputs);

}  // namespace wsdeep::commands
