#include "wire/json_fields.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::wire {
namespace {

/// What parsing `text`, or reading from it, complains about; empty when it does not.
template <typename Read>
std::string field_complaint(std::string_view text, Read read) {
  try {
    const Json document = parse_json(text, "doc");
    read(JsonFields(document));
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kFailure);
    return error.what();
  }
}

std::string field_complaint(std::string_view text) {
  return field_complaint(text, [](const JsonFields&) {});
}

TEST(ParseJson, SaysWhereATextIsNotJson) {
  EXPECT_EQ(field_complaint(""), "doc: not JSON at byte 1");
  EXPECT_EQ(field_complaint(R"({"a":secret})"), "doc: not JSON at byte 6");
  EXPECT_EQ(field_complaint(R"({"a":1} x)"), "doc: not JSON at byte 9");
  EXPECT_EQ(field_complaint(R"({'a':1})"), "doc: not JSON at byte 2");
}

TEST(ParseJson, RefusesMalformedUtf8AndLoneSurrogates) {
  EXPECT_EQ(field_complaint("{\"a\":\"\xC3\"}"), "doc: not valid UTF-8");
  EXPECT_EQ(field_complaint(R"({"a":"\ud800"})"), "doc: not JSON at byte 13");
}

TEST(ParseJson, RefusesNulBytesButTakesEscapedOnes) {
  EXPECT_EQ(field_complaint(std::string_view("{}\0garbage", 10)), "doc: NUL at byte 2");
  const Json document = parse_json("{\"a\":\"\\u0000\"}", "doc");
  EXPECT_EQ(JsonFields(document).text("a"), std::string(1, '\0'));
}

TEST(ParseJson, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_EQ(field_complaint(R"({"a":1e999})"), "doc: a number is too large");
}

TEST(ParseJson, BoundsNestingButNotBracketsInStrings) {
  const auto nested = [](std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  EXPECT_EQ(field_complaint(nested(kMaxJsonDepth)), "");
  EXPECT_EQ(field_complaint(nested(kMaxJsonDepth + 1)), "doc: nested deeper than 64 levels");
  EXPECT_EQ(field_complaint(std::string(100'000, '[')), "doc: nested deeper than 64 levels");
  EXPECT_EQ(field_complaint(R"({"a":"\")" + std::string(1000, '[') + "\"}"), "");
}

TEST(ParseJson, TakesTheLastOfRepeatedNames) {
  const Json document = parse_json(R"({"a":1,"a":2})", "doc");
  EXPECT_EQ(JsonFields(document).integer("a"), 2);
}

TEST(JsonFields, ReadsEveryType) {
  const Json document =
      parse_json(R"({"t":"x","i":-3,"w":3.0,"n":0.5,"b":true,"o":{"t":"y"},"l":["a","b"],"z":null})", "doc");
  const JsonFields fields(document);
  EXPECT_EQ(fields.text("t"), "x");
  EXPECT_EQ(fields.integer("i"), -3);
  EXPECT_EQ(fields.integer("w"), 3);
  EXPECT_EQ(fields.number("n"), 0.5);
  EXPECT_TRUE(fields.boolean("b"));
  EXPECT_EQ(fields.object("o").text("t"), "y");
  EXPECT_EQ(fields.list("l").size(), 2u);
  EXPECT_EQ(fields.texts("l"), (std::vector<std::string>{"a", "b"}));
}

TEST(JsonFields, TakesNullForMissing) {
  const Json document = parse_json(R"({"z":null})", "doc");
  const JsonFields fields(document);
  EXPECT_EQ(fields.find("z"), nullptr);
  EXPECT_EQ(fields.text_if("z"), std::nullopt);
  EXPECT_EQ(fields.integer_if("z"), std::nullopt);
  EXPECT_EQ(fields.number_if("y"), std::nullopt);
  EXPECT_EQ(fields.boolean_if("y"), std::nullopt);
  EXPECT_EQ(fields.texts_if("y"), std::nullopt);
  EXPECT_FALSE(fields.object_if("z"));
  EXPECT_EQ(fields.text_or("z", "fallback"), "fallback");
  EXPECT_EQ(fields.integer_or("z", 7), 7);
  EXPECT_TRUE(fields.boolean_or("z", true));
}

TEST(JsonFields, NamesThePathOfWhatIsWrong) {
  EXPECT_EQ(field_complaint(R"([1])"), "expected an object, got a list");
  EXPECT_EQ(field_complaint(R"({})", [](const JsonFields& f) { f.text("a"); }), "a: missing");
  EXPECT_EQ(field_complaint(R"({"o":{}})", [](const JsonFields& f) { f.object("o").text("a"); }), "o.a: missing");
  EXPECT_EQ(field_complaint(R"({"o":3})", [](const JsonFields& f) { f.object("o"); }),
            "o: expected an object, got a number");
  EXPECT_EQ(field_complaint(R"({"a":3})", [](const JsonFields& f) { f.text_if("a"); }),
            "a: expected a string, got a number");
  EXPECT_EQ(field_complaint(R"({"a":"3"})", [](const JsonFields& f) { f.integer("a"); }),
            "a: expected an integer, got a string");
  EXPECT_EQ(field_complaint(R"({"a":true})", [](const JsonFields& f) { f.number("a"); }),
            "a: expected a number, got a boolean");
  EXPECT_EQ(field_complaint(R"({"a":0})", [](const JsonFields& f) { f.boolean("a"); }),
            "a: expected a boolean, got a number");
  EXPECT_EQ(field_complaint(R"({"a":{}})", [](const JsonFields& f) { f.list("a"); }),
            "a: expected a list, got an object");
  EXPECT_EQ(field_complaint(R"({"a":["x",1]})", [](const JsonFields& f) { f.texts("a"); }),
            "a[1]: expected a string, got a number");
}

TEST(JsonFields, RefusesIntegersThatDoNotFit) {
  for (const char* bad : {"1.5", "9223372036854775808", "1e19", "-1e300"})
    EXPECT_EQ(field_complaint(R"({"a":)" + std::string(bad) + "}", [](const JsonFields& f) { f.integer("a"); }),
              "a: expected an integer of at most 64 bits")
        << bad;
  const Json document = parse_json(R"({"a":9223372036854775807,"b":-9223372036854775808})", "doc");
  EXPECT_EQ(JsonFields(document).integer("a"), INT64_MAX);
  EXPECT_EQ(JsonFields(document).integer("b"), INT64_MIN);
}

TEST(DumpJson, ReplacesMalformedUtf8) {
  EXPECT_EQ(dump_json(Json("a\xFF"
                           "b")),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

}  // namespace
}  // namespace wsdeep::wire
