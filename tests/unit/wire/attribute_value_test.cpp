#include "wire/attribute_value.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "wire/attribute_json.h"

namespace wsdeep::wire {
namespace {

using V = AttributeValue;

TEST(AttributeValue, EncodesEveryTypeAsDynamoDbDoes) {
  const std::vector<std::pair<V, std::string>> cases{
      {V::of("x"), R"({"S":"x"})"},
      {V::of(42), R"({"N":"42"})"},
      {V::of(true), R"({"BOOL":true})"},
      {V{V::Null{}}, R"({"NULL":true})"},
      {V{V::Number{"12345678901234567890.5e-3"}}, R"({"N":"12345678901234567890.5e-3"})"},
      {V{V::Binary{std::string("\0\xFF", 2)}}, R"({"B":"AP8="})"},
      {V{V::List{{V::of("a"), V::of(1)}}}, R"({"L":[{"S":"a"},{"N":"1"}]})"},
      {V::of(AttributeMap{{"b", V::of("2")}, {"a", V::of(false)}}), R"({"M":{"a":{"BOOL":false},"b":{"S":"2"}}})"},
      {V{V::StringSet{{"a", "b"}}}, R"({"SS":["a","b"]})"},
      {V{V::NumberSet{{"1", "2.5"}}}, R"({"NS":["1","2.5"]})"},
      {V{V::BinarySet{{"ab"}}}, R"({"BS":["YWI="]})"},
  };
  for (const auto& [value, json] : cases) {
    EXPECT_EQ(encode(value), json);
    EXPECT_EQ(parse_attribute_value(json), value) << json;
  }
}

TEST(AttributeValue, ReadsAndWritesWholeItems) {
  const AttributeMap item{{"chatId", V::of("c-1")}, {"ttl", V::of(1'700'000'000)}};
  EXPECT_EQ(encode(item), R"({"chatId":{"S":"c-1"},"ttl":{"N":"1700000000"}})");
  EXPECT_EQ(parse_attribute_map(encode(item)), item);
  EXPECT_EQ(text_of(item, "chatId"), "c-1");
  EXPECT_EQ(text_of(item, "ttl"), std::nullopt);
  EXPECT_EQ(text_of(item, "other"), std::nullopt);
  EXPECT_EQ(integer_of(item, "ttl"), 1'700'000'000);
  EXPECT_EQ(integer_of(item, "chatId"), std::nullopt);
}

TEST(AttributeValue, GivesIntegersOnlyWhenTheyFit) {
  EXPECT_EQ(V{V::Number{"-9223372036854775808"}}.integer(), INT64_MIN);
  EXPECT_EQ(V{V::Number{"9223372036854775808"}}.integer(), std::nullopt);
  EXPECT_EQ(V{V::Number{"1.5"}}.integer(), std::nullopt);
  EXPECT_EQ(V::of(AttributeMap{}).map()->size(), 0u);
  EXPECT_EQ(V::of("x").map(), nullptr);
}

TEST(AttributeValue, RefusesWhatIsNotOne) {
  for (const char* bad : {"",
                          "3",
                          "{}",
                          R"({"S":1})",
                          R"({"S":"a","N":"1"})",
                          R"({"X":"a"})",
                          R"({"N":1})",
                          R"({"N":""})",
                          R"({"N":"1e"})",
                          R"({"N":"."})",
                          R"({"N":"0x10"})",
                          R"({"N":"NaN"})",
                          R"({"N":" 1"})",
                          R"({"B":"YW"})",
                          R"({"BOOL":"true"})",
                          R"({"NULL":false})",
                          R"({"L":{}})",
                          R"({"L":["a"]})",
                          R"({"M":[]})",
                          R"({"SS":"a"})",
                          R"({"SS":[1]})",
                          R"({"NS":["x"]})",
                          R"({"BS":["?"]})",
                          "{\"S\":\"\xFF\"}"})
    EXPECT_THROW(parse_attribute_value(bad), Error) << bad;
  EXPECT_THROW(parse_attribute_map(R"({"a":"b"})"), Error);
  EXPECT_THROW(parse_attribute_map("[]"), Error);
}

TEST(AttributeValue, NamesThePathOfWhatIsWrong) {
  try {
    parse_attribute_map(R"({"a":{"L":[{"S":"x"},{"M":{"b":{"N":"?"}}}]}})");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "item.a[1].b: not a decimal number");
  }
}

std::string nested_lists(std::size_t levels) {
  std::string json = R"({"S":"x"})";
  for (std::size_t i = 1; i < levels; ++i) json = R"({"L":[)" + json + "]}";
  return json;
}

TEST(AttributeValue, BoundsNestingAtDynamoDbs32Levels) {
  EXPECT_EQ(encode(parse_attribute_value(nested_lists(32))), nested_lists(32));
  EXPECT_THROW(parse_attribute_value(nested_lists(33)), Error);
  EXPECT_THROW(parse_attribute_value(nested_lists(5000)), Error);
}

TEST(AttributeValue, EncodesMalformedUtf8WithoutThrowing) {
  EXPECT_EQ(encode(V::of("\xFF")), "{\"S\":\"\xEF\xBF\xBD\"}");
}

}  // namespace
}  // namespace wsdeep::wire
