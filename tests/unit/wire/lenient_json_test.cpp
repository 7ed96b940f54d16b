#include "wire/lenient_json.h"

#include <gtest/gtest.h>

namespace wsdeep::wire {
namespace {

TEST(LenientJson, MendsWhatProgramsGetWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"a":NaN,"b":[Infinity,-Infinity]})", R"({"a":null,"b":[null,null]})"},
      {R"(["NaN and \"Infinity\""])", R"(["NaN and \"Infinity\""])"},
      {"[\"\xF0\x9F\"]", "[\"\uFFFD\"]"},
      {"[\"a\tb\nc\"]", R"(["a\u0009b\u000ac"])"},
      {R"(["\ud83e\udd80"])", R"(["\ud83e\udd80"])"},
      {R"(["\ud83e"])", R"(["\ufffd"])"},
      {R"(["\udd80x"])", R"(["\ufffdx"])"},
      {R"(["\\ud83e"])", R"(["\\ud83e"])"},
  };
  for (const auto& [text, mended] : cases) {
    EXPECT_EQ(mended_json(text), mended);
    EXPECT_TRUE(read_lenient_json(text)) << text;
  }
}

TEST(LenientJson, RefusesWhatIsNone) {
  for (const char* text : {"", "{", "[DONE]", "<html>", "{\"a\":1}{", "NaNa"}) EXPECT_FALSE(read_lenient_json(text));
  EXPECT_FALSE(read_lenient_json(std::string(100'000, '[')));
}

}  // namespace
}  // namespace wsdeep::wire
