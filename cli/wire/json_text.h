#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// nlohmann's parser and printer, compiled once: a file that calls them itself takes up to two seconds longer to
/// compile. For JSON that we wrote; what somebody else wrote is read with `parse_json`, which bounds it
/// (json_fields.h).
namespace wsdeep::wire {

/// The document in `text`; throws nlohmann::json::parse_error.
nlohmann::json read_json(std::string_view text);
nlohmann::ordered_json read_ordered_json(std::string_view text);

/// The document in `text`; a discarded value when it is not JSON.
nlohmann::json try_read_json(std::string_view text);

/// On one line, and with two spaces a level; both throw nlohmann::json::type_error for malformed UTF-8.
std::string compact_json(const nlohmann::json& value);
std::string indented_json(const nlohmann::json& value);
std::string indented_json(const nlohmann::ordered_json& value);

}  // namespace wsdeep::wire
