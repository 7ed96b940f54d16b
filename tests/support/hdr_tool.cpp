// Our ends of HdrHistogram's logs, for tests in other languages.
//   hdr_tool write   {"tag": [values…], …} on stdin → a log, each tag's values in two intervals
//   hdr_tool read    a log on stdin → {"tag": {"count", "min", "max", "mean", "p50" …}}

#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "load/report/hdr_log.h"

using namespace wsdeep::load;  // NOLINT: a program of one page

namespace {

std::string log_of(const nlohmann::json& tags) {
  HdrLog log{wsdeep::from_epoch_ms(1'700'000'000'000), {}};
  for (const auto& [tag, values] : tags.items()) {
    Histogram halves[2];
    for (std::size_t i = 0; i < values.size(); ++i) halves[i % 2].record(values[i].get<std::int64_t>());
    for (int half = 0; half < 2; ++half) log.intervals.push_back({tag, half * 10.0, 10, halves[half]});
  }
  return write_hdr_log(log);
}

nlohmann::json figures_of(const Histogram& histogram) {
  return {{"count", histogram.count()},      {"min", histogram.min()},
          {"max", histogram.max()},          {"mean", histogram.mean()},
          {"p50", histogram.quantile(0.5)},  {"p90", histogram.quantile(0.9)},
          {"p99", histogram.quantile(0.99)}, {"p99.9", histogram.quantile(0.999)}};
}

}  // namespace

int main(int, char** words) {
  const std::string in(std::istreambuf_iterator<char>(std::cin), {});
  if (std::string(words[1]) == "write") {
    std::cout << log_of(nlohmann::json::parse(in));
    return 0;
  }
  nlohmann::json out = nlohmann::json::object();
  for (const auto& [tag, histogram] : merge_hdr_log(in, "stdin")) out[tag] = figures_of(histogram);
  std::cout << out << '\n';
}
