#include "load/plan/trace_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "base/printable.h"
#include "base/text.h"
#include "load/plan/csv_reader.h"
#include "load/plan/generated_prompts.h"
#include "load/plan/json_records.h"
#include "load/plan/timestamp.h"
#include "load/plan/trace_rows.h"

namespace wsdeep::load {
namespace {

/// A column by the names that Azure and BurstGPT have for it.
struct TraceColumn {
  std::string_view azure;
  std::string_view burst_gpt;
};
enum TraceColumns : std::size_t { kTimeColumn, kPromptColumn, kOutputColumn, kTraceColumns };
constexpr std::array<TraceColumn, kTraceColumns> kColumnNames = {{
    {"TIMESTAMP", "Timestamp"},
    {"ContextTokens", "Request tokens"},
    {"GeneratedTokens", "Response tokens"},
}};

class CsvTrace {
 public:
  explicit CsvTrace(const SourceFile& file) : csv_(file), rows_(file) {}

  Trace parse() && {
    read_column_names();
    while (csv_.next(fields_)) read_row();
    return std::move(rows_).finish();
  }

 private:
  void read_column_names() {
    csv_.next(fields_);
    width_ = fields_.size();
    for (std::size_t column = 0; column < kTraceColumns; ++column) places_[column] = place_of(kColumnNames[column]);
  }

  std::size_t place_of(const TraceColumn& column) const {
    const auto is_it = [&](const CsvField& field) {
      return iequals(trim(field.text), column.azure) || iequals(trim(field.text), column.burst_gpt);
    };
    const auto found = std::find_if(fields_.begin(), fields_.end(), is_it);
    if (found == fields_.end())
      throw csv_.file().fault(0,
                              fmt::format("no column '{}' (Azure) or '{}' (BurstGPT): a trace begins with the names of "
                                          "its columns, or is Mooncake's JSON lines",
                                          column.azure, column.burst_gpt));
    if (const auto again = std::find_if(found + 1, fields_.end(), is_it); again != fields_.end())
      throw csv_.file().fault(again->at, fmt::format("a second column '{}'", printable(trim(again->text))));
    return static_cast<std::size_t>(found - fields_.begin());
  }

  void read_row() {
    if (fields_.size() != width_)
      throw csv_.file().fault(fields_.front().at,
                              fmt::format("expected {} fields, as the first line has, got {}", width_, fields_.size()));
    const CsvField& time = fields_[places_[kTimeColumn]];
    const auto at = timestamp_in(time.text);
    if (!at)
      throw csv_.file().fault(time.at,
                              fmt::format("expected an instant such as 2023-11-16 18:15:46.68, or seconds, got "
                                          "'{}'",
                                          printable(time.text)));
    const std::int64_t prompt = tokens_in(fields_[places_[kPromptColumn]]);
    const std::int64_t output = tokens_in(fields_[places_[kOutputColumn]]);
    if (rows_.takes(prompt, output, fields_.front().at)) rows_.add(*at, prompt, output);
  }

  std::int64_t tokens_in(const CsvField& field) const {
    const auto tokens = parse_integer(trim(field.text), 0, kMaxTokens);
    if (!tokens)
      throw csv_.file().fault(
          field.at, fmt::format("expected tokens, from 0 to {}, got '{}'", kMaxTokens, printable(field.text)));
    return *tokens;
  }

  CsvReader csv_;
  TraceRows rows_;
  std::vector<CsvField> fields_{};
  std::size_t width_ = 0;
  std::array<std::size_t, kTraceColumns> places_{};
};

void add_blocks(TraceRows& rows, const JsonRecord& record, std::int64_t prompt_tokens) {
  if (record.find("hash_ids") == nullptr) return;
  const nlohmann::json& ids = record.list("hash_ids");
  const auto room = static_cast<std::size_t>((prompt_tokens + kTraceBlockTokens - 1) / kTraceBlockTokens);
  for (const nlohmann::json& id : ids)
    if (!id.is_number_unsigned()) throw record.fault("hash_ids", "'hash_ids' must be whole numbers from 0 on");
  for (std::size_t i = 0; i < std::min(room, ids.size()); ++i) rows.add_block(ids[i].get<std::uint64_t>());
  if (ids.size() > room) rows.count_surplus_blocks(ids.size() - room);
}

Trace parse_mooncake(const SourceFile& file) {
  JsonRecords records(file);
  TraceRows rows(file);
  while (const auto record = records.next()) {
    const auto at = timestamp_of(record->number("timestamp"), 1e3);
    if (!at) throw record->fault("timestamp", "'timestamp' must be milliseconds, of a hundred years at most");
    const std::int64_t prompt = record->integer("input_length", 0, kMaxTokens);
    const std::int64_t output = record->integer("output_length", 0, kMaxTokens);
    if (!rows.takes(prompt, output, record->begin())) continue;
    rows.add(*at, prompt, output);
    add_blocks(rows, *record, prompt);
  }
  return std::move(rows).finish();
}

}  // namespace

Trace parse_trace(const SourceFile& file) {
  const std::string_view text = trim(file.text());
  if (text.starts_with('{') || text.starts_with('[')) return parse_mooncake(file);
  return CsvTrace(file).parse();
}

}  // namespace wsdeep::load
