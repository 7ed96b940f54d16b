#include "wire/json_text.h"

#include <nlohmann/json.hpp>

namespace wsdeep::wire {

nlohmann::json read_json(std::string_view text) {
  return nlohmann::json::parse(text);
}

nlohmann::ordered_json read_ordered_json(std::string_view text) {
  return nlohmann::ordered_json::parse(text);
}

nlohmann::json try_read_json(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, false);
}

std::string compact_json(const nlohmann::json& value) {
  return value.dump();
}

std::string indented_json(const nlohmann::json& value) {
  return value.dump(2);
}

std::string indented_json(const nlohmann::ordered_json& value) {
  return value.dump(2);
}

}  // namespace wsdeep::wire
