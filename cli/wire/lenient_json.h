#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

/// Reading JSON of somebody who is not careful, where it is better to have most of a document than none. A private
/// header, as json_fields.h is.
namespace wsdeep::wire {

/// `text` with what programs get wrong mended: bytes that are no UTF-8 and halves of a surrogate pair become U+FFFD,
/// control characters in strings are escaped, `NaN` and `Infinity` (as Python writes them) become null.
std::string mended_json(std::string_view text);

/// The document in `text`, mended where that is needed; nothing when it is no JSON even so, or nested too deeply.
std::optional<nlohmann::json> read_lenient_json(std::string_view text);

}  // namespace wsdeep::wire
