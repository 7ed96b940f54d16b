#include "load/report/json.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "base/utf8.h"
#include "load/report/hdr_histogram.h"
#include "load/report/result_fields.h"
#include "load/report/words.h"
#include "wire/json_text.h"

namespace wsdeep::load {

namespace {

using OrderedJson = nlohmann::ordered_json;

/// Collects the fields of one object.
class JsonOut {
 public:
  static constexpr bool kReads = false;

  template <class Value>
  void field(std::string_view name, const Value& value) {
    object_[std::string(name)] = json_of(value);
  }
  template <class Value>
  void derived(std::string_view name, const Value& value) {
    field(name, value);
  }
  /// As text: programs whose numbers are all doubles would change it.
  void digits(std::string_view name, std::uint64_t number) { field(name, std::to_string(number)); }
  void level(std::string_view name, const Level& level) { field(name, level.text); }

  OrderedJson take() { return std::move(object_); }

 private:
  static OrderedJson json_of(bool value) { return value; }
  static OrderedJson json_of(int value) { return value; }
  static OrderedJson json_of(std::int64_t value) { return value; }
  static OrderedJson json_of(std::uint64_t value) { return value; }
  static OrderedJson json_of(double value) { return std::isfinite(value) ? OrderedJson(value) : OrderedJson(); }
  static OrderedJson json_of(const std::string& text) { return well_formed_utf8(text); }
  static OrderedJson json_of(SystemTime time) { return iso8601_ms(time); }

  template <class Enum>
  requires std::is_enum_v<Enum>
  static OrderedJson json_of(Enum value) { return file_word(value); }

  template <class Value>
  static OrderedJson json_of(const std::optional<Value>& value) {
    return value ? json_of(*value) : OrderedJson();
  }

  template <class Value>
  static OrderedJson json_of(const std::vector<Value>& values) {
    OrderedJson list = OrderedJson::array();
    for (const Value& value : values) list.push_back(json_of(value));
    return list;
  }

  template <class Key>
  static OrderedJson json_of(const std::map<Key, std::uint64_t>& counts) {
    OrderedJson object = OrderedJson::object();
    for (const auto& [key, count] : counts) object[well_formed_utf8(fmt::format("{}", key))] = count;
    return object;
  }

  /// Those of which there is anything to say.
  static OrderedJson json_of(const std::array<Distribution, kMetrics>& metrics) {
    OrderedJson object = OrderedJson::object();
    for (const MetricFacts& facts : metric_table()) {
      const Distribution& measured = metrics[static_cast<std::size_t>(facts.metric)];
      if (measured.of > 0 || measured.counted() > 0) object[std::string(facts.name)] = json_of(measured);
    }
    return object;
  }

  static OrderedJson json_of(const Distribution& measured) {
    OrderedJson percentiles = OrderedJson::array();
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
  static OrderedJson json_of(const Histogram& histogram) {
    return json_of(Distribution{histogram, {}, histogram.count()});
  }

  static OrderedJson values_json(const Histogram& histogram) {
    if (histogram.empty()) return nullptr;
    return {{"count", histogram.count()}, {"min_us", histogram.min()}, {"mean_us", histogram.mean()},
            {"max_us", histogram.max()},  {"sum_us", histogram.sum()}, {"histogram", encode_histogram(histogram)}};
  }

  template <class Object>
  requires std::is_class_v<Object>
  static OrderedJson json_of(const Object& object) {
    JsonOut out;
    describe(out, object);
    return out.take();
  }

  OrderedJson object_ = OrderedJson::object();
};

}  // namespace

std::string result_json(const Result& result) {
  JsonOut out;
  out.field("schema", std::string(kResultSchema));
  describe(out, result);
  return wire::indented_json(out.take()) + "\n";
}

}  // namespace wsdeep::load
