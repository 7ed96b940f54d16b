#pragma once

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/utf8.h"
#include "load/measure/subjects.h"
#include "load/report/hdr_histogram.h"
#include "load/report/words.h"
#include "wire/json_text.h"

/// Writes what a table of fields describes (result_fields.h). Private to report/.
namespace wsdeep::load {

/// Collects the fields of one object.
class JsonOut {
 public:
  static constexpr bool kReads = false;

  template <class Value>
  void field(std::string_view name, const Value& value) {
    object_[std::string(name)] = json_of(value);
  }
  template <class Value>
  void added(std::string_view name, const Value& value) {
    field(name, value);
  }
  template <class Value>
  void derived(std::string_view name, const Value& value) {
    field(name, value);
  }
  /// As text: programs whose numbers are all doubles would change it.
  void digits(std::string_view name, std::uint64_t number) { field(name, std::to_string(number)); }
  void level(std::string_view name, const Level& level) { field(name, level.text); }
  void subject(std::string_view name, const Subject& subject) { field(name, subject.name); }

  nlohmann::ordered_json take() { return std::move(object_); }

 private:
  static nlohmann::ordered_json json_of(bool value) { return value; }
  static nlohmann::ordered_json json_of(int value) { return value; }
  static nlohmann::ordered_json json_of(std::int64_t value) { return value; }
  static nlohmann::ordered_json json_of(std::uint64_t value) { return value; }
  static nlohmann::ordered_json json_of(double value) {
    return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json();
  }
  static nlohmann::ordered_json json_of(const std::string& text) { return well_formed_utf8(text); }
  static nlohmann::ordered_json json_of(SystemTime time) { return iso8601_ms(time); }

  template <class Enum>
  requires std::is_enum_v<Enum>
  static nlohmann::ordered_json json_of(Enum value) { return file_word(value); }

  template <class Value>
  static nlohmann::ordered_json json_of(const std::optional<Value>& value) {
    return value ? json_of(*value) : nlohmann::ordered_json();
  }

  template <class Value>
  static nlohmann::ordered_json json_of(const std::vector<Value>& values) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Value& value : values) list.push_back(json_of(value));
    return list;
  }

  template <class Key>
  static nlohmann::ordered_json json_of(const std::map<Key, std::uint64_t>& counts) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (const auto& [key, count] : counts) object[well_formed_utf8(fmt::format("{}", key))] = count;
    return object;
  }

  /// Those of which there is anything to say.
  static nlohmann::ordered_json json_of(const std::array<Distribution, kMetrics>& metrics) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (const MetricFacts& facts : metric_table()) {
      const Distribution& measured = metrics[static_cast<std::size_t>(facts.metric)];
      if (measured.of > 0 || measured.counted() > 0) object[std::string(facts.name)] = json_of(measured);
    }
    return object;
  }

  static nlohmann::ordered_json json_of(const Distribution& measured) {
    nlohmann::ordered_json percentiles = nlohmann::ordered_json::array();
    for (const double share : kFileShares)
      if (const std::optional<Quantile> at = measured.quantile(share))
        percentiles.push_back({{"share", share}, {"value_us", at->value}, {"more_than", at->more_than}});
    return {{"of", measured.of},
            {"counted", measured.counted()},
            {"percentiles", std::move(percentiles)},
            {"values", values_json(measured.values)},
            {"unfinished", values_json(measured.censored)}};
  }

  /// A histogram that stands for itself has the same form, and nothing unfinished.
  static nlohmann::ordered_json json_of(const Histogram& histogram) {
    return json_of(Distribution{histogram, {}, histogram.count()});
  }

  static nlohmann::ordered_json values_json(const Histogram& histogram) {
    if (histogram.empty()) return nullptr;
    return {{"count", histogram.count()}, {"min_us", histogram.min()}, {"mean_us", histogram.mean()},
            {"max_us", histogram.max()},  {"sum_us", histogram.sum()}, {"histogram", encode_histogram(histogram)}};
  }

  template <class Object>
  requires std::is_class_v<Object>
  static nlohmann::ordered_json json_of(const Object& object) {
    JsonOut out;
    describe(out, object);
    return out.take();
  }

  nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

/// A whole document, indented, with a line break at its end.
template <class Value>
std::string json_document(const Value& value) {
  JsonOut out;
  describe(out, value);
  return wire::indented_json(out.take()) + "\n";
}

}  // namespace wsdeep::load
