#include "load/report/document.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "load/report/csv.h"
#include "load/report/html.h"
#include "load/report/json_in.h"
#include "load/report/json_out.h"
#include "load/report/limit_csv.h"
#include "load/report/limit_fields.h"
#include "load/report/limit_text.h"
#include "load/report/series_fields.h"
#include "load/report/series_text.h"
#include "wire/json_fields.h"

namespace wsdeep::load {
namespace {

template <class Value>
Value read_fields(const wire::JsonFields& fields, std::size_t room) {
  JsonIn in(fields, room);
  Value value;
  describe(in, value);
  return value;
}

void check_sides(const Series& series) {
  for (const SeriesRun& run : series.runs)
    if (run.side < 0 || static_cast<std::size_t>(run.side) >= series.sides.size())
      throw Error(ErrorKind::kUsage, fmt::format("runs: side {}, of {}", run.side, series.sides.size()));
}

Document read_known(const wire::JsonFields& fields, std::size_t room) {
  const std::string schema = fields.text_or("schema", "");
  if (schema == kResultSchema) return read_fields<Result>(fields, room);
  if (schema == kLimitSchema) return read_fields<LimitSearch>(fields, room);
  if (schema != kSeriesSchema)
    throw Error(ErrorKind::kUsage,
                fmt::format("its schema is '{}', expected '{}', '{}' or '{}'", printable(schema.substr(0, 60)),
                            kResultSchema, kSeriesSchema, kLimitSchema));
  auto series = read_fields<Series>(fields, room);
  check_sides(series);
  return series;
}

}  // namespace

std::string document_json(const Document& document) {
  return std::visit([](const auto& one) { return json_document(one); }, document);
}

std::string document_text(const Document& document, const TextStyle& style) {
  if (const auto* series = std::get_if<Series>(&document)) return series_report(*series, style);
  return std::holds_alternative<Result>(document) ? text_report(std::get<Result>(document), style)
                                                  : text_report(std::get<LimitSearch>(document), style);
}

std::string document_csv(const Document& document) {
  if (const auto* series = std::get_if<Series>(&document)) return series_csv(*series);
  return std::holds_alternative<Result>(document) ? result_csv(std::get<Result>(document))
                                                  : limit_csv(std::get<LimitSearch>(document));
}

std::string document_html(const Document& document) {
  if (const auto* series = std::get_if<Series>(&document)) return series_html(*series);
  return std::holds_alternative<Result>(document) ? result_html(std::get<Result>(document))
                                                  : limit_html(std::get<LimitSearch>(document));
}

Document read_document(std::string_view text, std::string_view name, std::size_t most_counts) {
  try {
    const wire::Json document = wire::parse_json(text, name);
    return read_known(wire::JsonFields(document), most_counts);
  } catch (const Error& error) {
    const std::string_view what = error.what();
    throw Error(ErrorKind::kUsage, what.starts_with(name) ? std::string(what) : fmt::format("{}: {}", name, what));
  }
}

}  // namespace wsdeep::load
