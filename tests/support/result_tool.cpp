// The files of results of load tests, for judges in other languages.
//   result_tool json|csv|hdr|prometheus|html|records NAME…   empty, refused, full, hostile, or a random one's seed
//   result_tool json|html series       the files of several runs
//   result_tool side NAME              the JSON of six VALID runs of one target, a tenth slower if NAME is `slower`
//   result_tool json|csv|html limit    the files of a search
//   result_tool schema result|series|limit|turn
//   result_tool again FILE            the JSON of what was read of this one
// Between two texts stands a NUL, which none of them holds.

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "load/report/csv.h"
#include "load/report/document.h"
#include "load/report/hdr_log.h"
#include "load/report/html.h"
#include "load/report/json.h"
#include "load/report/limit_csv.h"
#include "load/report/prometheus.h"
#include "load/report/records_file.h"
#include "support/load_results.h"
#include "support/load_searches.h"
#include "support/load_series.h"
#include "support/random_result.h"

using namespace wsdeep;  // NOLINT: a program of one page

namespace {

load::Result result_named(const std::string& name) {
  if (name == "empty") return testing::empty_result();
  if (name == "refused") return testing::refused_result();
  if (name == "full") return testing::full_result();
  if (name == "hostile") return testing::hostile_result();
  return testing::random_result(std::stoull(name));
}

std::string turns_of(const load::Result& result) {
  load::TurnRecord whole;
  whole.plane = load::Plane::kChat;
  whole.intended = whole.send = whole.ack = whole.first = whole.answer = whole.last = whole.end = 1;
  whole.reason = whole.detail = whole.node = result.target;
  whole.prompt_tokens = whole.cached_prompt_tokens = std::numeric_limits<std::int64_t>::max();
  whole.queue_us = whole.prefill_us = whole.arrived_at = 5;
  whole.token_offsets_us = {0, std::numeric_limits<std::uint32_t>::max()};
  whole.cancelled_at = whole.slot_free_at = 2;
  whole.pieces = {{1, 2, 3}, {std::numeric_limits<std::int64_t>::max(), 0, 0}};
  return load::turn_json({}) + "\n" + load::turn_json(whole) + "\n";
}

/// Runs whose TTFT differs by some percent from one to the next.
load::Series side_named(const std::string& name) {
  load::Series series;
  series.purpose = load::SeriesPurpose::kRepeat;
  series.sides = {{name, {}}};
  for (std::int64_t run = 0; run < 6; ++run) {
    load::Result result = testing::empty_result();
    result.id = fmt::format("{} {}", name, run);
    load::Slice& whole = result.summary.whole;
    whole.to = 60'000'000;
    whole.tally = {.attempts = 100, .good = 100};
    const std::int64_t ttft_us = (name == "slower" ? 110'000 : 100'000) + 1'000 * run;
    testing::metric_of(whole, load::Metric::kTtft) = {testing::histogram_with({ttft_us}), {}, 100};
    testing::metric_of(whole, load::Metric::kE2e) = {testing::histogram_with({1'000'000}), {}, 100};
    series.runs.push_back({0, std::move(result)});
  }
  return series;
}

std::string schema_named(const std::string& name) {
  if (name == "turn") return std::string(load::turn_schema());
  if (name == "limit") return std::string(load::limit_schema());
  return std::string(name == "series" ? load::series_schema() : load::result_schema());
}

std::string text_of(const std::string& kind, const std::string& name) {
  if (kind == "schema") return schema_named(name);
  if (kind == "side") return load::document_json(side_named(name));
  if (name == "limit" && kind == "html") return load::limit_html(testing::full_search());
  if (name == "limit")
    return kind == "csv" ? load::limit_csv(testing::full_search()) : load::document_json(testing::full_search());
  if (name == "series")
    return kind == "html" ? load::series_html(testing::full_series()) : load::document_json(testing::full_series());
  if (kind == "again") {
    std::ifstream file(name);
    return load::result_json(load::read_result(std::string(std::istreambuf_iterator<char>(file), {}), name));
  }
  const load::Result result = result_named(name);
  if (kind == "csv") return load::result_csv(result);
  if (kind == "hdr") return load::write_hdr_log(load::hdr_log_of(result));
  if (kind == "prometheus") return load::result_prometheus(result);
  if (kind == "html") return load::result_html(result);
  if (kind == "records") return turns_of(result);
  const std::string json = load::result_json(result);
  if (load::result_json(load::read_result(json, "json")) != json) std::abort();
  return json;
}

}  // namespace

int main(int count, char** words) {
  for (int i = 2; i < count; ++i) {
    if (i > 2) std::cout << '\0';
    std::cout << text_of(words[1], words[i]);
  }
}
