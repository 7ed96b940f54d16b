#include "load/report/limit_csv.h"

#include <optional>

#include "load/report/csv_row.h"
#include "load/report/point_figures.h"
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

void put_figures(CsvRow& row, const PointFigures& figures) {
  row.number(figures.sent_rate);
  row.number(figures.goodput);
  row.number(figures.in_flight);
  row.count(figures.attempts);
  put_quantile(row, figures.ttft, 0.5);
  put_quantile(row, figures.ttft, 0.99);
  put_quantile(row, figures.e2e, 0.99);
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
  constexpr std::size_t kFigures = 7;
  CsvRow row;
  row.number(point.load);
  row.text(search.axis == LoadAxis::kUsers ? "users" : "per_s");
  row.text(file_word(point.tried_for));
  row.text(file_word(point.judged));
  row.count(point.runs.size());
  if (point.runs.empty())
    row.nothing(kFigures);
  else
    put_figures(row, PointFigures(point));
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
