#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "load/report/result.h"

namespace wsdeep::load {

/// The result as one document, indented, with a line break at its end; `result.schema.json` says what is in it.
/// Whatever was measured is there with its histogram, so that nothing of a distribution is lost. A number that could
/// not be computed is null; malformed UTF-8 in a name becomes U+FFFD.
std::string result_json(const Result& result);

/// Reads what `result_json` wrote; unknown fields are left alone. `name` is the document's, for messages. Throws
/// Error{kUsage} that says where it is broken, and for a schema that it does not know. Some bytes of text may be a
/// large histogram: `most_counts` are held in all, of 8 bytes each.
Result read_result(std::string_view text, std::string_view name, std::size_t most_counts = 64 << 20);

/// The JSON Schema of the document, and that of a line of the records.
std::string_view result_schema();
std::string_view turn_schema();

}  // namespace wsdeep::load
