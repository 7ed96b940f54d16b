#pragma once

#include <array>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/dice.h"
#include "load/measure/levels.h"
#include "load/report/result_fields.h"
#include "load/report/words.h"

namespace wsdeep::testing {

/// Fills all fields of a result, by the table by which it is written and read: extremes more often than not.
class ResultDice {
 public:
  static constexpr bool kReads = true;

  explicit ResultDice(std::uint64_t seed) : dice_(seed) {}

  template <class Value>
  void field(std::string_view name, Value& value) {
    fill(value);
    if constexpr (std::is_same_v<Value, double>)
      if (name == "share") value = one_of<double>({0.5, 0.9, 0.99});  // which nothing computes
  }
  template <class Value>
  void added(std::string_view name, Value& value) {
    field(name, value);
  }
  template <class Value>
  void derived(std::string_view, const Value&) {}
  void digits(std::string_view, std::uint64_t& number) { number = dice_.next(); }
  void level(std::string_view, load::Level& level) {
    level = load::parse_level(one_of<const char*>(
        {"ttft_p99<800ms", "each node: good_share>95%", "goodput>20/s", "output_rate>1/s", "stickiness>1%"}));
  }

 private:
  template <class Value>
  Value one_of(std::vector<Value> values) {
    return values[dice_.below(values.size())];
  }

  void fill(bool& value) { value = dice_.below(2) == 1; }
  void fill(int& value) { value = one_of<int>({0, 1, 4999, std::numeric_limits<int>::max()}); }
  void fill(std::int64_t& value) {
    value = one_of<std::int64_t>({0, 1, 1'000'000, std::numeric_limits<std::int64_t>::max()});
  }
  void fill(std::uint64_t& value) {
    value = one_of<std::uint64_t>({0, 1, 300, std::numeric_limits<std::int64_t>::max()});
  }
  void fill(double& value) {
    value = one_of<double>({0, 1, 0.1, 1e-300, 1e300, std::numeric_limits<double>::quiet_NaN()});
  }
  void fill(std::string& value) {
    value = one_of<std::string>({"", "n1", "stage 2", "\"\\/\n\r\t", "\x01\x7f\xff", "\xe2\x80\xae\xf0\x9f\x8e\x89"});
  }
  void fill(SystemTime& value) {
    value = from_epoch_ms(one_of<std::int64_t>({0, 1'700'000'000'250, 9'214'646'399'999}));
  }

  template <class Enum>
  requires std::is_enum_v<Enum>
  void fill(Enum& value) {
    const auto& words = load::FileWords<Enum>::kAll;
    value = words[dice_.below(words.size())].value;
  }
  template <class Value>
  void fill(std::optional<Value>& value) {
    Value inner{};
    fill(inner);
    value = dice_.below(2) == 1 ? std::optional<Value>(std::move(inner)) : std::nullopt;
  }
  template <class Value>
  void fill(std::vector<Value>& values) {
    values.resize(dice_.below(3));
    for (Value& value : values) fill(value);
  }
  template <class Key>
  void fill(std::map<Key, std::uint64_t>& counts) {
    for (std::uint64_t i = dice_.below(3); i > 0; --i) {
      Key key{};
      fill(key);
      fill(counts[key]);
    }
  }
  void fill(std::array<load::Distribution, load::kMetrics>& metrics) {
    for (load::Distribution& metric : metrics)
      if (dice_.below(4) == 0) fill(metric);
  }
  void fill(load::Distribution& measured) {
    fill(measured.of);
    fill(measured.values);
    fill(measured.censored);
  }
  void fill(load::Histogram& histogram) {
    for (std::uint64_t i = dice_.below(4); i > 0; --i)
      histogram.record(one_of<std::int64_t>({0, 1, 2047, 3001, 1'000'000, load::Histogram::kMaxValue}),
                       one_of<std::uint64_t>({1, 1000, 1'000'000'000'000}));
  }
  template <class Object>
  requires std::is_class_v<Object>
  void fill(Object& object) { describe(*this, object); }

  Dice dice_;
};

inline load::Result random_result(std::uint64_t seed) {
  ResultDice dice(seed);
  load::Result result;
  describe(dice, result);
  return result;
}

}  // namespace wsdeep::testing
