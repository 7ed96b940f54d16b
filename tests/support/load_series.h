#pragma once

#include <limits>

#include "load/report/series.h"
#include "support/load_results.h"

/// Series of load tests for whatever tells them.
namespace wsdeep::testing {

/// Two sides, two runs of each, and a figure of every kind. Its values are made up, its comparison too.
inline load::Series full_series() {
  load::Series series;
  series.id = "5e41e5";
  series.purpose = load::SeriesPurpose::kAgainst;
  series.planned = 2;
  series.ended_by = load::EndedBy::kFault;
  series.ended_why = "B went away";
  const load::Subject ttft = *load::subject_named("ttft_p99");
  const load::Subject errors = *load::subject_named("error_share");
  const load::Subject goodput = *load::subject_named("goodput");
  series.sides = {{"grpc://a:1",
                   {{ttft, 9.4e6, false, load::ConfidenceInterval{8.1e6, 11.2e6}, "", 0.125},
                    {errors, 0.3, true, {}, "2 runs: no interval", {}},
                    {goodput, {}, false, {}, "not measured", {}}}},
                  {"grpc://b:1", {}}};
  for (const int side : {0, 1, 1, 0}) {
    series.runs.push_back({side, side == 0 ? full_result() : refused_result()});
    series.runs.back().result.id += std::to_string(series.runs.size());
  }
  series.comparison = load::Comparison{
      .allowed = 0.05,
      .runs_a = 2,
      .runs_b = 1,
      .figures = {{ttft, 9.4e6, 10.3e6, 0.098, load::ConfidenceInterval{0.061, 0.134}, 0.008, 0.05,
                   load::Finding::kWorse, ""},
                  {goodput, 4.9, 5.0, 0.02, load::ConfidenceInterval{-0.01, 0.05}, 0.6, 0.12,
                   load::Finding::kNoDifference, ""},
                  {errors, {}, {}, {}, {}, {}, {}, load::Finding::kUndecided, "not measured in each run"}},
      .cannot = "2 runs of A and 1 of B: a comparison takes 5 of each",
      .notes = {"B 2 of 2 is left out: INVALID"}};
  return series;
}

}  // namespace wsdeep::testing
