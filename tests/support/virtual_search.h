#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "load/limit/find_limit.h"
#include "support/load_queue.h"

namespace wsdeep::testing {

/// A search in virtual time. What happens to a run may be changed.
struct VirtualSearch {
  VirtualSearch(const QueueService& service, const std::vector<std::string>& level_words) {
    for (const std::string& words : level_words) options.levels.push_back(load::parse_level(words));
    options.levels = load::with_error_level(std::move(options.levels));
    one = queue_runs({service}, options.levels);
    options.kind = "llm";
    options.target = "grpc://queue";
    tools.run = [this](const load::RunSpec& spec) { return run(spec); };
    tools.elapsed = [this] { return now; };
    tools.pause = [this](load::Micros pause) {
      now += pause;
      return true;
    };
  }

  load::Result run(const load::RunSpec& spec) {
    load::RunSpec own = spec;
    if (spec.plan.concurrency) own.plan = without_users(spec.plan);
    load::Result result = one(own);
    for (const load::Stage& stage : result.shape.stages) now += stage.duration;
    if (changed) changed(spec, result);
    specs.push_back(spec);
    return result;
  }

  /// The queue knows no users: for those that are alone it has turns so far apart that each is, for others many.
  static load::PlanOptions without_users(const load::PlanOptions& plan) {
    if (!plan.blocks) return {.rate = "0.2/s", .arrivals = "constant", .duration = "15s", .seed = plan.seed};
    return {.rate = "50/s", .duration = plan.duration, .blocks = plan.blocks, .seed = plan.seed};
  }

  load::LimitSearch find() { return load::find_limit(options, tools); }

  load::SearchOptions options;
  load::SearchTools tools;
  load::RunOne one;
  std::function<void(const load::RunSpec&, load::Result&)> changed;
  std::vector<load::RunSpec> specs;
  load::Micros now = 0;
};

}  // namespace wsdeep::testing
