#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "load/compare/pooled.h"
#include "support/load_queue.h"

namespace wsdeep::testing {

/// Runs of a minute each at a single server, at this part of what it bears.
inline std::vector<load::Result> queue_results(std::size_t count, double load, std::uint64_t seed) {
  const QueueService service{
      .slots = 1, .prefill = 40'000, .tokens = 1, .token = 10'000, .times = ServiceTimes::kExponential, .seed = seed};
  const load::RunOne run = queue_runs({service}, {}, 0);
  std::vector<load::Result> results;
  for (std::size_t i = 1; i <= count; ++i)
    results.push_back(run(
        {.plan = {.rate = fmt::format("{}/s", service.rate_at(load)), .duration = "60s", .seed = seed_of(seed, i)}}));
  return results;
}

inline std::vector<load::PooledFigure> figures_of(const std::vector<load::Result>& results) {
  std::vector<const load::Result*> runs;
  for (const load::Result& result : results) runs.push_back(&result);
  return load::pooled_figures(runs);
}

inline const load::PooledFigure& figure_named(const std::vector<load::PooledFigure>& figures, const std::string& name) {
  return *std::ranges::find(figures, name, [](const load::PooledFigure& figure) { return figure.subject.name; });
}

}  // namespace wsdeep::testing
