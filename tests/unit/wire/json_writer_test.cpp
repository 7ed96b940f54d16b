#include "wire/json_writer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "wire/json_fields.h"

namespace wsdeep::wire {
namespace {

TEST(JsonObject, WritesFieldsInTheirOrder) {
  JsonObject inner;
  inner.add("é", "a\"b");
  EXPECT_EQ(JsonObject()
                .add("z", std::string("x"))
                .add("i", 3)
                .add("b", false)
                .add("n", 0.7)
                .add_json("o", inner.text())
                .add_json("l", json_strings({"p", "q\n"}))
                .text(),
            R"({"z":"x","i":3,"b":false,"n":0.7,"o":{"é":"a\"b"},"l":["p","q\n"]})");
  EXPECT_EQ(JsonObject().text(), "{}");
  EXPECT_EQ(json_list({}), "[]");
}

TEST(JsonString, ReplacesMalformedUtf8InsteadOfThrowing) {
  EXPECT_EQ(json_string("ok\xC3"), "\"ok\xEF\xBF\xBD\"");
}

TEST(JsonString, ReadsBackWhateverTheTextHolds) {
  std::string text;
  for (char c = 0; c < 127; ++c) text += c;
  text += "é€😀\xC2\x85";
  EXPECT_EQ(parse_json(json_string(text), "text").get<std::string>(), text);
}

TEST(JsonNumber, IsTheShortestThatReadsBack) {
  EXPECT_EQ(json_number(2), "2");
  EXPECT_EQ(json_number(0.1), "0.1");
  EXPECT_EQ(json_number(std::numeric_limits<double>::infinity()), "null");
  for (const double number : {1e300, -2.5e-7, 1.0 / 3}) EXPECT_EQ(parse_json(json_number(number), "n"), number);
}

}  // namespace
}  // namespace wsdeep::wire
