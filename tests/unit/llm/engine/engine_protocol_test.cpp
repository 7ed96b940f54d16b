#include "llm/engine/engine_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::llm {
namespace {

using ::testing::ElementsAre;

TEST(EngineProtocols, AskWithEveryParameter) {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  request.parameters = {0.5, 10, 0.9, 40, 0.1, 0.2, 1.1, {"END"}, 7};
  EXPECT_EQ(openai_protocol().body(request, "m", ""),
            R"({"frequency_penalty":0.2,"max_tokens":10,"messages":[{"content":"hi","role":"user"}],"model":"m",)"
            R"("presence_penalty":0.1,"repetition_penalty":1.1,"seed":7,"stop":["END"],"stream":true,)"
            R"("stream_options":{"include_usage":true},"temperature":0.5,"top_k":40,"top_p":0.9})");
  EXPECT_EQ(ollama_protocol().body(request, "m", ""),
            R"({"messages":[{"content":"hi","role":"user"}],"model":"m","options":{"frequency_penalty":0.2,)"
            R"("num_predict":10,"presence_penalty":0.1,"repeat_penalty":1.1,"seed":7,"stop":["END"],"temperature":0.5,)"
            R"("top_k":40,"top_p":0.9},"stream":true})");
}

TEST(EngineProtocols, AskForCountsWhoIsKnownToKnowThem) {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"vllm", R"("stream_options":{"continuous_usage_stats":true,"include_usage":true}})"},
      {"sglang", R"("stream_options":{"continuous_usage_stats":true,"include_usage":true}})"},
      {"llamacpp", R"("stream_options":{"include_usage":true},"timings_per_token":true})"},
      {"openai", R"("stream_options":{"include_usage":true}})"},
      {"", R"("stream_options":{"include_usage":true}})"},
  };
  for (const auto& [owner, end] : rows)
    EXPECT_THAT(openai_protocol().body(request, "m", owner), ::testing::EndsWith(end)) << owner;
}

TEST(EngineProtocols, KnowWhoseServerItIs) {
  EXPECT_EQ(openai_protocol().owner(R"({"data":[{"id":"a","owned_by":"vllm"},{"id":"b"}]})"), "vllm");
  EXPECT_EQ(openai_protocol().owner(R"({"data":[{"id":"a"}]})"), "");
  EXPECT_EQ(openai_protocol().owner(R"({"data":[]})"), "");
}

TEST(EngineProtocols, ListModels) {
  EXPECT_THAT(openai_protocol().models(R"({"object":"list","data":[{"id":"a"},{"id":"b"}]})"), ElementsAre("a", "b"));
  EXPECT_THAT(ollama_protocol().models(R"({"models":[{"name":"deepseek-r1:8b","size":1}]})"),
              ElementsAre("deepseek-r1:8b"));
  EXPECT_THROW(openai_protocol().models("<html>"), Error);
}

}  // namespace
}  // namespace wsdeep::llm
