#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// DynamoDB's typed values. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
namespace wsdeep::wire {

struct AttributeValue;
using AttributeMap = std::map<std::string, AttributeValue, std::less<>>;
using AttributeList = std::vector<AttributeValue>;

struct AttributeValue {
  struct String {
    std::string value;
    bool operator==(const String&) const = default;
  };
  /// A number as its decimal text: 38 digits do not fit a double.
  struct Number {
    std::string value;
    bool operator==(const Number&) const = default;
  };
  struct Binary {
    std::string value;
    bool operator==(const Binary&) const = default;
  };
  struct Bool {
    bool value;
    bool operator==(const Bool&) const = default;
  };
  struct Null {
    bool operator==(const Null&) const = default;
  };
  struct List {
    AttributeList value;
    bool operator==(const List&) const;
  };
  struct Map {
    AttributeMap value;
    bool operator==(const Map&) const;
  };
  struct StringSet {
    std::vector<std::string> value;
    bool operator==(const StringSet&) const = default;
  };
  struct NumberSet {
    std::vector<std::string> value;
    bool operator==(const NumberSet&) const = default;
  };
  struct BinarySet {
    std::vector<std::string> value;
    bool operator==(const BinarySet&) const = default;
  };

  std::variant<Null, String, Number, Binary, Bool, List, Map, StringSet, NumberSet, BinarySet> data;

  bool operator==(const AttributeValue&) const;

  /// The value when it has that type, else nothing.
  std::optional<std::string> string() const;
  std::optional<std::int64_t> integer() const;
  const AttributeMap* map() const;

  static AttributeValue of(std::string_view text);
  /// A literal would become a boolean, and an int would be ambiguous, without these two.
  static AttributeValue of(const char* text) { return of(std::string_view(text)); }
  static AttributeValue of(int number) { return of(std::int64_t{number}); }
  static AttributeValue of(std::int64_t number);
  static AttributeValue of(bool value);
  static AttributeValue of(AttributeMap value);
};

/// The value of `name` in `item` as text or integer; nothing when it is missing or of another type.
std::optional<std::string> text_of(const AttributeMap& item, std::string_view name);
std::optional<std::int64_t> integer_of(const AttributeMap& item, std::string_view name);

/// `{"S":"x"}` and `{"name":{"S":"x"},…}`, compact, keys in order. Parsing throws Error{kFailure} for what is not one;
/// nesting beyond 32 levels is refused, as DynamoDB does.
std::string encode(const AttributeValue& value);
std::string encode(const AttributeMap& item);
AttributeValue parse_attribute_value(std::string_view json);
AttributeMap parse_attribute_map(std::string_view json);

}  // namespace wsdeep::wire
