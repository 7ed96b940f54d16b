#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "commands/loadtest/options.h"
#include "load/cost/cost.h"
#include "load/plan/worker_share.h"
#include "load/run.h"
#include "load/watch/limits.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// The plan of `options`' words, once what has to be said of it is said. `exact_itl`: the node's own times of tokens
/// can be had. Throws as load::make_plan, parse_level and check_levels do.
load::RunPlan plan_of(const LoadOptions& options, bool exact_itl, Context& context);

/// Throws Error{kUsage} where some worker would have nothing of what is shared.
void require_one_each(std::uint64_t parts, const load::WorkerShare& share, const std::string& what);

/// Where a run's turns go.
struct LoadTarget {
  std::string target;
  load::MakeDriver make_driver;
};

/// What a subcommand's flags say of its runs, of which there may be several: each has a plan of its own, and with it
/// prompts that no other has asked.
struct LoadTest {
  /// Plans a run that these options say, within what the user allows.
  using MakePlan = std::function<load::RunPlan(const LoadOptions&)>;

  /// Plans the run of these words, so that what is wrong there is told before anything is asked of a target.
  LoadTest(std::string of_kind, MakePlan make, const LoadOptions& options)
      : kind(std::move(of_kind)), make_plan(std::move(make)), plan(make_plan(options)) {}

  std::string kind;
  std::string target{};
  int side = 0;  ///< as in RunSpec
  MakePlan make_plan;
  load::RunPlan plan;  ///< of the words that it was made of
  load::MakeDriver make_driver{};
  std::chrono::milliseconds preparation{0};  ///< what a driver is thought to need before its first turn
  load::LoadCaps caps{};                     ///< what the user allows
  std::optional<load::CostTerms> cost{};     ///< by which to say what a run cost
  std::optional<LoadTarget> other{};         ///< what `--against` names
};

/// The test as that side has it: 0 loads the command line's target, 1 what `--against` names, or the target again.
LoadTest side_of(LoadTest test, int side);

}  // namespace wsdeep::commands
