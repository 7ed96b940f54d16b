#pragma once

#include <fmt/format.h>

#include <cstdint>

#include "load/compare/run_series.h"
#include "support/load_queue.h"

/// Comparisons of two services in virtual time.
namespace wsdeep::testing {

/// Answers of two tokens; a tenth of a second in the mean.
inline QueueService short_answers(std::uint64_t seed) {
  QueueService service;
  service.tokens = 2;
  service.token = 20'000;
  service.seed = seed;
  return service;
}

/// A minute of them on each of two targets, at this part of what they bear.
inline load::SeriesPlan minute_at(double load, std::uint64_t seed) {
  load::SeriesPlan plan{.purpose = load::SeriesPurpose::kAgainst, .targets = {"a", "b"}};
  plan.plan.rate = fmt::format("{}/s", short_answers(1).rate_at(load));
  plan.plan.arrivals = "poisson-fixed-n";
  plan.plan.duration = "60s";
  plan.plan.seed = seed;
  return plan;
}

}  // namespace wsdeep::testing
