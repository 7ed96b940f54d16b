#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Writes JSON straight into one string: compact, fields in the order they are added. Unlike a document tree it costs
/// one allocation or two, and it never throws on text: malformed UTF-8 becomes U+FFFD.
namespace wsdeep::wire {

/// `text` as a JSON string, quotes included.
std::string json_string(std::string_view text);
/// The shortest decimal that reads back as `number`; `null` for what JSON cannot say (infinities and NaN).
std::string json_number(double number);

class JsonObject {
 public:
  JsonObject& add(std::string_view name, std::string_view text) { return add_json(name, json_string(text)); }
  JsonObject& add(std::string_view name, const std::string& text) { return add(name, std::string_view(text)); }
  JsonObject& add(std::string_view name, const char* text) { return add(name, std::string_view(text)); }
  JsonObject& add(std::string_view name, bool value) { return add_json(name, value ? "true" : "false"); }
  JsonObject& add(std::string_view name, double number) { return add_json(name, json_number(number)); }
  template <std::integral Integer>
  JsonObject& add(std::string_view name, Integer number) {
    return add_json(name, std::to_string(number));
  }
  /// `json` is a JSON value already: an object's text(), a list.
  JsonObject& add_json(std::string_view name, std::string_view json);

  /// The object so far, closed.
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

/// `[…]` of values that are JSON already.
std::string json_list(const std::vector<std::string>& values);
/// `["…","…"]`
std::string json_strings(const std::vector<std::string>& texts);

}  // namespace wsdeep::wire
