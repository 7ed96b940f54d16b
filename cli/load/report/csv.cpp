#include "load/report/csv.h"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "load/measure/level_results.h"
#include "load/report/csv_row.h"
#include "load/report/page.h"
#include "load/report/words.h"

namespace wsdeep::load {

namespace {

std::string csv_head() {
  std::string head =
      "part,name,from_us,to_us,intended_rate_per_s,sent_rate_per_s,goodput_per_s,output_tokens_per_s,attempts,good,"
      "slow,refused,failed,truncated,cancelled,unfinished,metric,of,counted,lower_bounds,min_us,mean_us,max_us";
  for (const double share : kFileShares) head += fmt::format(",{0}_us,{0}_more_than", percentile_name(share));
  return head + ",least_usd,most_usd,least_usd_per_mtok,most_usd_per_mtok\r\n";
}

void put_part(CsvRow& row, std::string_view part, const Slice& slice) {
  row.text(part);
  row.text(slice.name);
  row.time(slice.from);
  row.time(slice.to);
  row.number(slice.intended_rate);
  row.number(slice.sent_rate);
  row.number(slice.goodput);
  row.number(slice.output_rate);
  const Tally& tally = slice.tally;
  for (const std::uint64_t count : {tally.attempts, tally.good, tally.slow, tally.refused, tally.failed,
                                    tally.truncated, tally.cancelled, tally.unfinished})
    row.count(count);
}

void put_measured(CsvRow& row, std::string_view metric, const Distribution& measured) {
  row.text(metric);
  row.count(measured.of);
  row.count(measured.counted());
  row.count(measured.censored.count());
  if (measured.values.empty()) {
    row.nothing(3);
  } else {
    row.time(measured.values.min());
    row.number(measured.values.mean());
    row.time(measured.values.max());
  }
  for (const double share : kFileShares) {
    const std::optional<Quantile> quantile = measured.quantile(share);
    if (!quantile) {
      row.nothing(2);
      continue;
    }
    row.time(quantile->value);
    row.count(quantile->more_than ? 1 : 0);
  }
}

/// Of the whole run, where it was asked for.
void put_cost(CsvRow& row, const CostFigures* cost) {
  if (cost == nullptr) return row.nothing(4);
  row.number(cost->least_usd());
  row.number(cost->most_usd());
  for (const std::optional<double>& usd : {cost->least_per_mtok(), cost->most_per_mtok()})
    usd ? row.number(*usd) : row.nothing(1);
}

std::string rows_of(std::string_view part, const Slice& slice, const CostFigures* cost) {
  std::string rows;
  for (const MetricFacts& facts : metric_table()) {
    const Distribution& measured = slice.of(facts.metric);
    if (measured.of == 0 && measured.counted() == 0) continue;
    CsvRow row;
    put_part(row, part, slice);
    put_measured(row, facts.name, measured);
    put_cost(row, cost);
    rows += row.line();
  }
  if (!rows.empty()) return rows;
  CsvRow row;
  put_part(row, part, slice);
  row.nothing(7 + 2 * kFileShares.size());
  put_cost(row, cost);
  return row.line();
}

constexpr std::array<std::string_view, 10> kRunFigures = {"ttft_p50", "ttft_p99",   "e2e_p50",    "e2e_p99",
                                                          "tpot_p50", "tpot_p99",   "good_share", "error_share",
                                                          "goodput",  "output_rate"};

std::string series_head() {
  std::string head = "side,run,id,started,validity,ended_by,attempts";
  for (const std::string_view name : kRunFigures)
    head += fmt::format(",{0}{1},{0}_more_than", name, unit_of(subject_named(name)->what));
  return head + "\r\n";
}

void put_figure(CsvRow& row, std::string_view name, const Summary& summary) {
  const auto value = value_of(*subject_named(name), summary);
  if (!value) return row.nothing(2);
  row.number(value->value);
  row.count(value->more_than ? 1 : 0);
}

}  // namespace

std::string series_csv(const Series& series) {
  std::string out = series_head();
  for (std::size_t run = 0; run < series.runs.size(); ++run) {
    const Result& result = series.runs[run].result;
    CsvRow row;
    row.text(side_letter(series.runs[run].side));
    row.count(run + 1);
    row.text(result.id);
    row.text(iso8601_ms(result.started));
    row.text(file_word(result.verdict.validity));
    row.text(file_word(result.ended_by));
    row.count(result.summary.whole.tally.attempts);
    for (const std::string_view name : kRunFigures) put_figure(row, name, result.summary);
    out += row.line();
  }
  return out;
}

std::string result_csv(const Result& result) {
  std::string out = csv_head() + rows_of("whole", result.summary.whole, result.cost ? &*result.cost : nullptr);
  for (const Slice& stage : result.summary.stages) out += rows_of("stage", stage, nullptr);
  for (const Slice& node : result.summary.nodes) out += rows_of("node", node, nullptr);
  return out;
}

}  // namespace wsdeep::load
