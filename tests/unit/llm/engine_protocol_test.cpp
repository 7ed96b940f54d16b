#include "llm/engine_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::llm {
namespace {

using testing::ElementsAre;

std::string text_of(StreamedAnswer& answer) {
  std::string text;
  for (const LlmChunk& chunk : answer.take_chunks()) text += (chunk.reasoning ? "r(" : "(") + chunk.text + ")";
  return text;
}

/// What is told of the lines, in the end.
StreamedAnswer read(const EngineProtocol& protocol, std::initializer_list<const char*> lines) {
  StreamedAnswer answer;
  for (const char* line : lines) protocol.read_line(line, answer);
  return answer;
}

TEST(OpenAiProtocol, ReadsEventsWhateverStandsBetweenThem) {
  StreamedAnswer answer = read(
      openai_protocol(), {": ping", "", "event: message", "\r",
                          R"(data: {"choices":[{"delta":{"role":"assistant"},"finish_reason":null}]})",
                          "data:{\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\r",
                          R"(data: {"choices":[{"delta":{},"finish_reason":"length"}],"usage":null})",
                          R"(data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}})", "data: [DONE]"});
  EXPECT_EQ(text_of(answer), "(Hi)");
  EXPECT_EQ(answer.finish_reason, "length");
  EXPECT_EQ(answer.usage, (Usage{3, 1}));
  EXPECT_FALSE(answer.error);
}

TEST(OpenAiProtocol, PutsReasoningBetweenTagsByEitherName) {
  for (const char* name : {"reasoning_content", "reasoning"}) {
    const std::string first = std::string(R"(data: {"choices":[{"delta":{")") + name + R"(":"One"}}]})";
    const std::string second =
        std::string(R"(data: {"choices":[{"delta":{")") + name + R"(":" two","content":null}}]})";
    StreamedAnswer answer =
        read(openai_protocol(), {first.c_str(), second.c_str(), R"(data: {"choices":[{"delta":{"content":"Yes"}}]})"});
    EXPECT_EQ(text_of(answer), "r(<think>\nOne)r( two)r(\n</think>\n\n)(Yes)");
  }
}

TEST(OpenAiProtocol, TellsAnErrorInTheMiddle) {
  EXPECT_EQ(read(openai_protocol(), {R"(data: {"error":{"message":"out of memory","code":500}})"}).error,
            "out of memory");
  EXPECT_EQ(read(openai_protocol(), {R"(data: {"object":"error","message":"aborted"})"}).error, "aborted");
}

TEST(OpenAiProtocol, RefusesWhatIsNoEvent) {
  StreamedAnswer answer;
  for (const char* line : {"data: {", "data: 7", R"(data: {"choices":[7]})", R"(data: {"choices":[{"delta":"x"}]})"})
    EXPECT_THROW(openai_protocol().read_line(line, answer), Error) << line;
  EXPECT_THROW(openai_protocol().models("<html>"), Error);
}

TEST(OllamaProtocol, ReadsADocumentALine) {
  StreamedAnswer answer =
      read(ollama_protocol(),
           {R"({"message":{"role":"assistant","content":"","thinking":"Hm"},"done":false})",
            R"({"message":{"role":"assistant","content":"Hi"},"done":false})", "",
            R"({"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2})"});
  EXPECT_EQ(text_of(answer), "r(<think>\nHm)r(\n</think>\n\n)(Hi)");
  EXPECT_EQ(answer.finish_reason, "stop");
  EXPECT_EQ(answer.usage, (Usage{5, 2}));
  EXPECT_EQ(read(ollama_protocol(), {R"({"error":"model 'x' not found"})"}).error, "model 'x' not found");
}

TEST(EngineProtocols, AskWithEveryParameter) {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  request.parameters = {0.5, 10, 0.9, 40, 0.1, 0.2, 1.1, {"END"}, 7};
  EXPECT_EQ(openai_protocol().body(request, "m"),
            R"({"frequency_penalty":0.2,"max_tokens":10,"messages":[{"content":"hi","role":"user"}],"model":"m",)"
            R"("presence_penalty":0.1,"repetition_penalty":1.1,"seed":7,"stop":["END"],"stream":true,)"
            R"("stream_options":{"include_usage":true},"temperature":0.5,"top_k":40,"top_p":0.9})");
  EXPECT_EQ(ollama_protocol().body(request, "m"),
            R"({"messages":[{"content":"hi","role":"user"}],"model":"m","options":{"frequency_penalty":0.2,)"
            R"("num_predict":10,"presence_penalty":0.1,"repeat_penalty":1.1,"seed":7,"stop":["END"],"temperature":0.5,)"
            R"("top_k":40,"top_p":0.9},"stream":true})");
}

TEST(EngineProtocols, ListModels) {
  EXPECT_THAT(openai_protocol().models(R"({"object":"list","data":[{"id":"a"},{"id":"b"}]})"), ElementsAre("a", "b"));
  EXPECT_THAT(ollama_protocol().models(R"({"models":[{"name":"deepseek-r1:8b","size":1}]})"),
              ElementsAre("deepseek-r1:8b"));
}

TEST(EngineProtocols, FindAnErrorsWords) {
  EXPECT_EQ(error_words(R"({"error":"no"})"), "no");
  EXPECT_EQ(error_words(R"({"error":{"message":"two\nlines"}})"), "two lines");
  EXPECT_EQ(error_words(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(error_words("<html>"), "");
  EXPECT_EQ(error_words(R"([1])"), "");
}

}  // namespace
}  // namespace wsdeep::llm
