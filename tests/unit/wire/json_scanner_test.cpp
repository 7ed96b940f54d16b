#include "wire/json_scanner.h"

#include <gtest/gtest.h>

#include <limits>

namespace wsdeep::wire {
namespace {

bool is_json(std::string_view text) {
  JsonScanner scanner(text);
  return scanner.skip_value() && scanner.at_end();
}

TEST(JsonScanner, AcceptsWhatRfc8259Accepts) {
  for (const char* good : {"{}", " [ ] ", "\"\"", "0", "-0", "-1.5e+10", "1E2", "true", "false", "null",
                           R"({"a":[1,{"b":"\u00e9\n\ud83d\ude00"}],"c":{}})", "[\"\\/\\b\\f\\r\\t\\\\\\\"\"]"})
    EXPECT_TRUE(is_json(good)) << good;
}

TEST(JsonScanner, RefusesEverythingElse) {
  for (const char* bad : {"",
                          "{",
                          "}",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{\"a\":1,}",
                          "{a:1}",
                          "[1,]",
                          "[1 2]",
                          "01",
                          "-",
                          "+1",
                          "1.",
                          ".5",
                          "1e",
                          "tru",
                          "True",
                          "nul",
                          "'a'",
                          "\"a",
                          "\"\\x\"",
                          "\"\\u12g4\"",
                          "\"\\u123",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\\ud800\\u0041\"",
                          "\"\n\"",
                          "{} x",
                          "\"\\",
                          "{\"a\":1 \"b\":2}",
                          "NaN",
                          "0x10"})
    EXPECT_FALSE(is_json(bad)) << bad;
  EXPECT_FALSE(is_json(std::string_view("{\0}", 3)));
  EXPECT_FALSE(is_json(std::string(100'000, '[')));
}

TEST(JsonScanner, DecodesEscapes) {
  std::string text;
  EXPECT_TRUE(JsonScanner(R"("a\"\\\/\n\u0041\u00e9\u20ac\ud83d\ude00")").read_string(text));
  EXPECT_EQ(text, "a\"\\/\nA\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
}

TEST(JsonScanner, ReadsIntegersThatFitAndNothingElse) {
  std::int64_t value = 0;
  EXPECT_TRUE(JsonScanner("-9223372036854775808").read_integer(value));
  EXPECT_EQ(value, std::numeric_limits<std::int64_t>::min());
  for (const char* bad : {"9223372036854775808", "1.0", "1e3", "\"1\"", "", "true", "-"})
    EXPECT_FALSE(JsonScanner(bad).read_integer(value)) << bad;
}

TEST(JsonScanner, ReadsListsOfStrings) {
  std::vector<std::string> list;
  EXPECT_TRUE(JsonScanner(R"( ["a", "b" ] )").read_strings(list));
  EXPECT_EQ(list, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(JsonScanner("[]").read_strings(list));
  EXPECT_TRUE(list.empty());
  for (const char* bad : {"[1]", "[\"a\",]", "\"a\"", "[\"a\""})
    EXPECT_FALSE(JsonScanner(bad).read_strings(list)) << bad;
}

TEST(JsonScanner, ReadsBooleansAndListsOfNumbers) {
  bool flag = false;
  EXPECT_TRUE(JsonScanner(" true").read_boolean(flag));
  EXPECT_TRUE(flag);
  EXPECT_TRUE(JsonScanner("false").read_boolean(flag));
  EXPECT_FALSE(flag);
  for (const char* bad : {"1", "null", "tru", ""}) EXPECT_FALSE(JsonScanner(bad).read_boolean(flag)) << bad;
  std::vector<double> numbers;
  EXPECT_TRUE(JsonScanner("[1, 2.5 ,-3e2]").read_numbers(numbers));
  EXPECT_EQ(numbers, (std::vector<double>{1, 2.5, -300}));
  EXPECT_TRUE(JsonScanner("[]").read_numbers(numbers));
  EXPECT_TRUE(numbers.empty());
  for (const char* bad : {"[1,]", "[\"1\"]", "[1e999]", "[.5]", "1", "[1"})
    EXPECT_FALSE(JsonScanner(bad).read_numbers(numbers)) << bad;
}

}  // namespace
}  // namespace wsdeep::wire
