#pragma once

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "load/measure/levels.h"
#include "load/measure/subjects.h"
#include "load/report/hdr_histogram.h"
#include "load/report/words.h"
#include "wire/json_fields.h"

/// Reads what a table of fields describes (result_fields.h), and trusts nothing. Private to report/.
namespace wsdeep::load {

/// Fills the fields of one object from a document.
class JsonIn {
 public:
  static constexpr bool kReads = true;

  JsonIn(wire::JsonFields fields, std::size_t& room) : fields_(std::move(fields)), room_(room) {}

  template <class Value>
  void field(std::string_view name, Value& value) {
    read(name, value);
  }
  /// One that files of before have not: it stays as a result of nothing has it.
  template <class Value>
  void added(std::string_view name, Value& value) {
    if (fields_.json().contains(name)) read(name, value);
  }
  template <class Value>
  void derived(std::string_view, const Value&) {}

  void digits(std::string_view name, std::uint64_t& number) {
    const std::string text = fields_.text(name);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || end != text.data() + text.size()) fields_.fail(name, "expected digits");
  }

  void level(std::string_view name, Level& level) {
    explain(name, [&] { level = parse_level(fields_.text(name)); });
  }

  void subject(std::string_view name, Subject& subject) {
    const std::optional<Subject> known = subject_named(fields_.text(name));
    if (!known) fields_.fail(name, fmt::format("'{}' is not known", printable(fields_.text(name))));
    subject = *known;
  }

 private:
  /// `act`, whose own refusal is told with the field's path.
  template <class Act>
  void explain(std::string_view name, const Act& act) {
    try {
      act();
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kUsage) throw;
      fields_.fail(name, error.what());
    }
  }

  void read(std::string_view name, bool& value) { value = fields_.boolean(name); }
  void read(std::string_view name, std::int64_t& value) { value = fields_.integer(name); }
  void read(std::string_view name, std::string& value) { value = fields_.text(name); }

  void read(std::string_view name, std::uint64_t& value) {
    const std::int64_t number = fields_.integer(name);
    if (number < 0) fields_.fail(name, "expected a count");
    value = static_cast<std::uint64_t>(number);
  }

  void read(std::string_view name, int& value) {
    const std::int64_t number = fields_.integer(name);
    if (!std::in_range<int>(number)) fields_.fail(name, "out of range");
    value = static_cast<int>(number);
  }

  /// null: it could not be computed.
  void read(std::string_view name, double& value) {
    if (!fields_.json().contains(name)) fields_.fail(name, "missing");
    value = fields_.number_if(name).value_or(std::numeric_limits<double>::quiet_NaN());
  }

  void read(std::string_view name, SystemTime& value) {
    explain(name, [&] { value = parse_iso8601(fields_.text(name)); });
  }

  template <class Enum>
  requires std::is_enum_v<Enum>
  void read(std::string_view name, Enum& value) {
    const std::optional<Enum> known = value_of_word<Enum>(fields_.text(name));
    if (!known) fields_.fail(name, fmt::format("'{}' is not known", printable(fields_.text(name))));
    value = *known;
  }

  template <class Value>
  void read(std::string_view name, std::optional<Value>& value) {
    value.reset();
    if (fields_.find(name) == nullptr) return;
    Value inner{};
    read(name, inner);
    value = std::move(inner);
  }

  void read(std::string_view name, std::vector<std::string>& values) { values = fields_.texts(name); }

  template <class Value>
  void read(std::string_view name, std::vector<Value>& values) {
    values.clear();
    for (const wire::Json& item : fields_.list(name)) {
      const wire::JsonFields inner(item, fmt::format("{}[{}]", fields_.path_of(name), values.size()));
      read_object(inner, values.emplace_back());
    }
  }

  static void read_key(const std::string& key, std::string& value) { value = key; }
  static void read_key(const std::string& key, int& value) {
    value = static_cast<int>(parse_integer(key, 0, std::numeric_limits<int>::max()).value_or(-1));
  }

  template <class Key>
  void read(std::string_view name, std::map<Key, std::uint64_t>& counts) {
    JsonIn inner(fields_.object(name), room_);
    for (const auto& [text, count] : inner.fields_.json().items()) {
      Key key{};
      read_key(text, key);
      inner.read(text, counts[key]);
    }
  }

  void read(std::string_view name, std::array<Distribution, kMetrics>& metrics) {
    JsonIn inner(fields_.object(name), room_);
    for (const auto& [text, ignored] : inner.fields_.json().items())
      if (const std::optional<Metric> metric = metric_named(text))
        inner.read(text, metrics[static_cast<std::size_t>(*metric)]);
  }

  void read(std::string_view name, Distribution& measured) {
    JsonIn inner(fields_.object(name), room_);
    inner.read("of", measured.of);
    inner.read_values("values", measured.values);
    inner.read_values("unfinished", measured.censored);
  }

  void read(std::string_view name, Histogram& histogram) {
    Distribution measured;
    read(name, measured);
    histogram = std::move(measured.values);
  }

  void read_values(std::string_view name, Histogram& histogram) {
    const std::optional<wire::JsonFields> values = fields_.object_if(name);
    if (!values) return;
    explain(name, [&] { histogram = decode_histogram(values->text("histogram")); });
    if (histogram.counts().size() > room_) fields_.fail(name, "more histograms than can be held");
    room_ -= histogram.counts().size();
    if (!histogram.restate(values->integer("min_us"), values->integer("max_us"), values->number("sum_us")))
      fields_.fail(name, "its least, largest or summed value is not one of its histogram");
  }

  template <class Object>
  requires std::is_class_v<Object>
  void read(std::string_view name, Object& object) { read_object(fields_.object(name), object); }

  template <class Object>
  void read_object(const wire::JsonFields& fields, Object& object) {
    JsonIn inner(fields, room_);
    describe(inner, object);
  }

  wire::JsonFields fields_;
  std::size_t& room_;
};

}  // namespace wsdeep::load
