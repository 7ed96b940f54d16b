#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "commands/command.h"
#include "commands/target.h"
#include "load/cost/cost.h"

namespace wsdeep::commands {

/// What a run is to be priced by.
struct CostOptions {
  bool cost = false;
  std::vector<std::string> instances;
  std::vector<std::string> instance_prices;
  std::string coalescing;  ///< empty: as the settings say, or as is usual
};

/// `--cost` and what goes with it.
void add_cost_options(const Command& command, CostOptions& options);

/// `--coalesce`, of who has a front door.
void add_coalescing_option(const Command& command, CostOptions& options);

/// What the flags say, over what the settings of the environment say, if `target` names one; nothing when no flag asks
/// for it. Throws Error{kUsage} for words that are none.
std::optional<load::CostTerms> cost_terms(const CostOptions& options, const TargetOptions& target, const Files& files);

/// The coalescing window that the handlers have, as far as flags and settings say it.
load::Micros coalescing_window(const CostOptions& options, const TargetOptions& target, const Files& files);

}  // namespace wsdeep::commands
