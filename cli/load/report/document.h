#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "load/report/limit_search.h"
#include "load/report/result.h"
#include "load/report/series.h"
#include "load/report/text.h"

namespace wsdeep::load {

/// What a load test leaves for programs, and for itself to read again: `--json`.
using Document = std::variant<Result, Series, LimitSearch>;

/// Of a file: more than that is not read.
inline constexpr std::size_t kMaxDocumentBytes = std::size_t{256} << 20;

/// As result_json, of whichever it is.
std::string document_json(const Document& document);

/// Reads what `document_json` wrote, as read_result does. Throws Error{kUsage} for a schema that is none of theirs.
Document read_document(std::string_view text, std::string_view name, std::size_t most_counts = 64 << 20);

/// For a person, and as a table.
std::string document_text(const Document& document, const TextStyle& style);
std::string document_csv(const Document& document);
/// As one page.
std::string document_html(const Document& document);

/// The JSON Schema of a series, and that of a search, each with that of the results in it.
std::string_view series_schema();
std::string_view limit_schema();

}  // namespace wsdeep::load
