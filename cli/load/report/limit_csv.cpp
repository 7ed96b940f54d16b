#include "load/report/limit_csv.h"

#include <optional>

#include "load/report/csv_row.h"
#include "load/report/words.h"

namespace wsdeep::load {
namespace {

constexpr const char* kLimitHead =
    "load,unit,tried_for,judged,runs,sent_rate_per_s,goodput_per_s,in_flight,attempts,ttft_p50_us,ttft_p99_us,"
    "e2e_p99_us,level,beyond,of,allowed_share,low_share,high_share,judgement\r\n";

void put_quantile(CsvRow& row, const Distribution& measured, double share) {
  const std::optional<Quantile> quantile = measured.quantile(share);
  quantile ? row.time(quantile->value) : row.nothing(1);
}

/// Of the last run, which is the longest.
void put_run(CsvRow& row, const Slice& whole) {
  row.number(whole.sent_rate);
  row.number(whole.goodput);
  row.number(whole.mean_in_flight);
  row.count(whole.tally.attempts);
  put_quantile(row, whole.of(Metric::kTtft), 0.5);
  put_quantile(row, whole.of(Metric::kTtft), 0.99);
  put_quantile(row, whole.of(Metric::kE2e), 0.99);
}

void put_level(CsvRow& row, const LevelShare& share) {
  row.text(share.level);
  row.count(share.beyond);
  row.count(share.of);
  row.number(share.allowed);
  row.number(share.low);
  row.number(share.high);
  row.text(file_word(share.judgement));
}

CsvRow row_of_point(const LimitSearch& search, const LimitPoint& point) {
  constexpr std::size_t kFiguresOfRun = 7;
  CsvRow row;
  row.number(point.load);
  row.text(search.axis == LoadAxis::kUsers ? "users" : "per_s");
  row.text(file_word(point.tried_for));
  row.text(file_word(point.judged));
  row.count(point.runs.size());
  if (point.runs.empty())
    row.nothing(kFiguresOfRun);
  else
    put_run(row, point.runs.back().summary.whole);
  return row;
}

}  // namespace

std::string limit_csv(const LimitSearch& search) {
  constexpr std::size_t kFiguresOfLevel = 7;
  std::string out = kLimitHead;
  for (const LimitPoint& point : search.points) {
    for (const LevelShare& share : point.levels) {
      CsvRow row = row_of_point(search, point);
      put_level(row, share);
      out += row.line();
    }
    if (!point.levels.empty()) continue;
    CsvRow row = row_of_point(search, point);
    row.nothing(kFiguresOfLevel);
    out += row.line();
  }
  return out;
}

}  // namespace wsdeep::load
