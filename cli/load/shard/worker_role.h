#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/env.h"
#include "load/plan/plan.h"
#include "load/plan/worker_share.h"

namespace wsdeep::load {

/// What of a run is measured, in the words of the flags: a search for the limit has its own for each run.
struct MeasureWords {
  std::string warm_up = "auto";
  std::vector<std::string> levels{};
  std::vector<std::string> abort_rules{};

  bool operator==(const MeasureWords&) const = default;
};

/// What all workers of a run are told beside their command line.
struct WorkersRun {
  int workers = 1;
  std::string run;     ///< 16 hexadecimal digits: its name, and with it the salt of its prompts
  SystemTime start;    ///< of the schedule, for all of them, in whole milliseconds
  PlanOptions plan{};  ///< in place of what their command line says of it, like what is measured
  MeasureWords measure{};
  int side = 0;  ///< as in RunSpec: 1 loads what the command line's `--against` names
};

/// Of one of them.
struct WorkerRole {
  WorkerShare share;
  std::string run;
  SystemTime start;
  PlanOptions plan{};
  MeasureWords measure{};
  int side = 0;
  std::string shard;  ///< where what it measured is to go: a path, or `s3://BUCKET/KEY`
};

/// Two of the variables below, which others need by name.
inline constexpr const char* kWorkerVariable = "WSDEEP_LOADTEST_WORKER";
inline constexpr const char* kSaltVariable = "WSDEEP_LOADTEST_SALT";

/// The words of a plan as JSON, those that were given.
std::string plan_words(const PlanOptions& plan);

/// The variables that make `wsdeep loadtest …` that worker:
///
///     WSDEEP_LOADTEST_WORKER  3/8: the fourth of eight
///     WSDEEP_LOADTEST_START   2026-11-29T22:10:00.000Z
///     WSDEEP_LOADTEST_SALT    5f0c3a9b12d47e60
///     WSDEEP_LOADTEST_PLAN    {"rate":"20/s","seed":"1",…}: PlanOptions, those that were given
///     WSDEEP_LOADTEST_MEASURE {"warm-up":"auto","slo":["ttft_p99<1s"],"abort-on":[]}
///     WSDEEP_LOADTEST_SIDE    A, or B: what `--against` names
///     WSDEEP_LOADTEST_SHARD   /results/3.shard
///
/// A worker's command line is the leader's, word by word: what says where and how often runs are made (`--on`,
/// `--workers`, `--repeat`, `--find-limit`, output files) means nothing to it. It
///   - makes all that its first turn needs, waits for the start, and does its share. One that is not ready by then
///   sends
///     nothing and says so in its shard;
///   - writes a line of JSON to stdout each second, see WorkerFigures, and faults to stderr;
///   - takes SIGTERM as `no further turn`, and a second one as `no turn any more`; each time the shard is written;
///   - ends with 0 when its shard is written and its schedule went to its end; else with another code.
std::map<std::string, std::string, std::less<>> worker_environment(const WorkersRun& run, int worker,
                                                                   const std::string& shard);

/// What this process is, by its environment; nothing: no worker. Throws Error{kUsage} that names the variable.
std::optional<WorkerRole> worker_role(const Env& env);

}  // namespace wsdeep::load
