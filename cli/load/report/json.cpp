#include "load/report/json.h"

#include <fmt/format.h>

#include <variant>

#include "base/error.h"
#include "load/report/document.h"
#include "load/report/json_out.h"
#include "load/report/result_fields.h"

namespace wsdeep::load {

std::string result_json(const Result& result) {
  return json_document(result);
}

Result read_result(std::string_view text, std::string_view name, std::size_t most_counts) {
  Document document = read_document(text, name, most_counts);
  if (Result* const result = std::get_if<Result>(&document)) return std::move(*result);
  throw Error(ErrorKind::kUsage, fmt::format("{}: it is no single run: its schema is not '{}'", name, kResultSchema));
}

}  // namespace wsdeep::load
