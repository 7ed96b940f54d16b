#include "load/report/document.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/printable.h"
#include "load/report/json_in.h"
#include "load/report/json_out.h"
#include "load/report/limit_fields.h"
#include "load/report/series_fields.h"
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
