#pragma once

#include <string>
#include <vector>

#include "commands/command.h"
#include "commands/loadtest/remote_options.h"
#include "commands/loadtest/search_words.h"
#include "commands/loadtest/series_options.h"
#include "load/plan/plan.h"
#include "load/report/outputs.h"
#include "terminal/context.h"

/// What all load tests are told on the command line.
namespace wsdeep::commands {

/// Where a run is done by many workers; how many there are stands in the plan's share.
struct WorkerOptions {
  std::string on;        ///< empty: here, by this process
  std::string start_in;  ///< empty: as long as they are thought to need
  RemoteOptions remote{};
};

struct LoadOptions {
  load::PlanOptions plan;
  std::string warm_up = "auto";
  std::string cool_down = "0s";
  std::string drain = "30s";
  std::vector<std::string> levels;
  std::vector<std::string> abort_rules;
  SearchWords search;
  load::OutputOptions outputs;
  SeriesOptions series;
  bool quiet = false;
  WorkerOptions workers;
};

/// When something begins, at rates: `--rate` and what goes with it.
void add_schedule_options(const Command& command, LoadOptions& options);
/// Which turns are sent when: that, and all else that says it.
void add_load_options(const Command& command, LoadOptions& options);
/// What they ask: `--prompt-tokens` and what goes with it.
void add_prompt_options(const Command& command, LoadOptions& options);
/// What is measured, what has to hold, and which files tell it.
void add_measure_options(const Command& command, LoadOptions& options);

/// Who does it: `--on` and what goes with it.
void add_worker_options(const Command& command, LoadOptions& options);

}  // namespace wsdeep::commands
