#include "llm/engine/common_delta.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wsdeep::llm {
namespace {

/// A chunk as vLLM writes it, with this delta.
std::string chunk(const std::string& delta, const std::string& more = "") {
  return fmt::format(
      R"({{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1764430000,"model":"m","choices":[{{"index":0,)"
      R"("delta":{},"logprobs":null,"finish_reason":null}}]{}}})",
      delta, more);
}

TEST(CommonDelta, IsWhatEnginesSendForAToken) {
  struct Row {
    std::string text;
    CommonDelta expected{};
  };
  for (const Row& row : {
           Row{chunk(R"({"content":"Hi"})"), {"Hi", false}},
           {chunk(R"({ "role" : "assistant", "content" : " a" })"), {" a"}},
           {chunk(R"({"content":"","reasoning_content":"Hm"})"), {"Hm", true}},
           {chunk(R"({"content":null,"reasoning":"Hm"})"), {"Hm", true}},
           {chunk(R"({"reasoning":"b","reasoning_content":"a"})"), {"a", true}},
           {chunk(R"({"content":"x","tool_calls":[]})"), {"x"}},
           {chunk(R"({"content":"\"\\\/\b\f\n\r\t\u00e9\u20AC"})"), {"\"\\/\b\f\n\r\té€"}},
           {chunk(R"({"content":"héé"})"), {"héé"}},
           {chunk(R"({"content":"x"})", R"(,"usage":null)"), {"x"}},
           {chunk(R"({"content":"x"})", R"(,"usage":{"prompt_tokens":7,"total_tokens":9,"completion_tokens":2})"),
            {"x", false, Usage{7, 2}}},
           {chunk(R"({"content":"x"})",
                  R"(,"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":null,)"
                  R"("reasoning_tokens":0})"),
            {"x", false, Usage{7, 2, std::nullopt, 0}}},
       })
    EXPECT_TRUE(read_common_delta(row.text) == row.expected) << row.text;
}

TEST(CommonDelta, IsNothingElse) {
  for (const std::string& text : {
           std::string(),
           std::string("{"),
           std::string("{}"),
           std::string("[]"),
           chunk(R"({"content":""})"),
           chunk("{}"),
           chunk(R"({"content":"a","reasoning":"b"})"),
           chunk(R"({"content":["a"]})"),
           chunk(R"({"content":"a","content":"b"})"),
           chunk(R"({"content":"a","thinking":"b"})"),
           chunk(R"({"content":"a","tool_calls":[{}]})"),
           chunk(R"({"content":"\ud83d\ude00"})"),
           chunk(R"({"content":"\u0000"})"),
           chunk(R"({"content":"\x"})"),
           chunk("{\"content\":\"a\tb\"}"),
           chunk("{\"content\":\"\xC3\"}"),
           chunk(R"({"content":"a"})", R"(,"error":{"message":"x"})"),
           chunk(R"({"content":"a"})", R"(,"timings":{"predicted_n":1})"),
           chunk(R"({"content":"a"})", R"(,"usage":{"prompt_tokens":7})"),
           chunk(R"({"content":"a"})", R"(,"usage":{"prompt_tokens":7,"completion_tokens":2.5})"),
           chunk(R"({"content":"a"})", R"(,"usage":{"prompt_tokens":7,"completion_tokens":-2})"),
           chunk(R"({"content":"a"})", R"(,"usage":{"prompt_tokens":07,"completion_tokens":2})"),
           chunk(R"({"content":"a"})") + "x",
           chunk(R"({"content":"a"})", ","),
           std::string(R"({"object":"error","choices":[{"delta":{"content":"a"}}]})"),
           std::string(R"({"choices":[{"index":1,"delta":{"content":"a"}}]})"),
           std::string(R"({"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]})"),
           std::string(R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]})"),
       })
    EXPECT_EQ(read_common_delta(text), std::nullopt) << text;
  const std::string whole = chunk(R"({"content":"a"})");
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_EQ(read_common_delta(std::string_view(whole).substr(0, cut)), std::nullopt) << cut;
}

}  // namespace
}  // namespace wsdeep::llm
