#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "load/plan/prompts.h"
#include "load/plan/schedule.h"
#include "load/plan/worker_share.h"

namespace wsdeep::load {

/// The flags that say what is sent when: their words, as they were given, and nothing where they were not. Each is
/// named as its flag is (`--prompt-tokens`).
struct PlanOptions {
  std::optional<std::string> rate{};      ///< `5/s`, `300/m`, `100/h`; 1/s unless something else says what the load is
  std::optional<std::string> arrivals{};  ///< `constant`, `poisson` (which it is), `poisson-fixed-n`, `gamma`
  std::optional<double> burstiness{};     ///< with `gamma`
  std::optional<std::string> stages{};    ///< a file
  std::optional<std::string> trace{};     ///< a file
  std::optional<double> time_scale{};     ///< with a trace: its instants times this
  std::optional<std::string> duration{};  ///< 60s, unless `requests` or a file says how long
  std::optional<std::int64_t> requests{};
  std::optional<std::int64_t> concurrency{};
  std::optional<std::string> think{};    ///< with `concurrency`
  std::optional<std::int64_t> blocks{};  ///< cuts its time into so many equal parts, each a stage
  std::optional<std::string> cancel{};   ///< `5%@2s`
  std::uint64_t seed = 1;

  std::optional<std::string> prompt_tokens{};  ///< a distribution, as all that have `…tokens` or `turns` in their name
  std::optional<std::string> output_tokens{};
  std::optional<std::int64_t> prefix_tokens{};
  std::optional<std::int64_t> prefixes{};
  std::optional<std::string> turns{};
  std::optional<std::string> prompts{};   ///< a file of JSON lines
  std::optional<std::string> sharegpt{};  ///< a file
  bool same_prompts = false;

  WorkerShare share{};               ///< no flag: the part of the run that is this process's
  std::optional<std::string> run{};  ///< no flag: 16 hexadecimal digits, of which the prompts' salt is made
};

/// What a run sends, and when.
struct Plan {
  PlanOptions words;    ///< that it was made of
  LoadShape shape;      ///< its stages are the schedule's
  Schedule schedule;    ///< of a closed loop: one stage and no arrivals
  WorkerShare share{};  ///< of all that, and of the prompts' conversations: what is to be sent here
  std::shared_ptr<const PromptSource> prompts;
  std::string prompts_in_words;    ///< `200 tokens, 3 turns, new ones (seed 7)`
  std::vector<std::string> notes;  ///< what has to be said before the run, such as rows of a file that were left out
};

/// Reads the flags' words and files. Throws Error{kUsage} that names the flag, or the file with line and column, and
/// says what may stand there; Error{kNotFound} for a file that is not there.
Plan make_plan(const PlanOptions& options, const Files& files);

}  // namespace wsdeep::load
