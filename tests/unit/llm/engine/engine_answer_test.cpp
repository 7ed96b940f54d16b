#include "llm/engine/engine_answer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "support/engine_answers.h"

namespace wsdeep::llm {
namespace {

using namespace engine_answers;

TEST(EngineAnswers, SayWhatTheTableSays) {
  const auto table = read_table();
  EXPECT_GT(table.size(), 100U);
  for (const Expected& expected : table) expect(expected, read(recorded(expected.name), {}), "");
}

TEST(EngineAnswers, SayTheSameByteByByteAndInRandomPieces) {
  std::mt19937 random(20261129);
  for (const Expected& expected : read_table()) {
    const Recorded answer = recorded(expected.name);
    for (int round = 0; round < 20 && !HasFailure(); ++round) {
      std::vector<std::size_t> cuts;
      for (std::size_t at = 1; at < answer.body.size(); at += round == 0 ? 1 : 1 + random() % 40) cuts.push_back(at);
      expect(expected, read(answer, cuts), fmt::format(", round {}", round));
    }
  }
}

/// All that an answer says, chunk by chunk.
auto told(const std::string& name, EngineAnswer::Reading reading) {
  const Recorded answer = recorded(name);
  EngineAnswer engine("it does not take the node's key", reading);
  engine.begin(answer.status);
  std::vector<LlmChunk> chunks;
  for (std::size_t at = 0, goes_on = 1; at < answer.body.size() && goes_on != 0; at += 41) {
    goes_on = engine.take(std::string_view(answer.body).substr(at, 41)) ? 1 : 0;
    const auto more = engine.take_chunks();
    chunks.insert(chunks.end(), more.begin(), more.end());
  }
  const LlmOutcome outcome = engine.finish(answer.end, answer.location);
  const auto rest = engine.take_chunks();
  chunks.insert(chunks.end(), rest.begin(), rest.end());
  return std::tuple(chunks, outcome.ok, outcome.cause, outcome.result.finish_reason, outcome.result.usage,
                    engine.ignored());
}

TEST(EngineAnswers, SayTheSameWithoutTheShorterWay) {
  for (const Expected& expected : read_table())
    EXPECT_TRUE(told(expected.name, EngineAnswer::Reading::kCommonFirst) ==
                told(expected.name, EngineAnswer::Reading::kThorough))
        << expected.name;
}

TEST(EngineAnswers, KnowUsageOrDoNot) {
  const auto usage = [](const char* name) { return read(recorded(name), {}).outcome.result.usage; };
  EXPECT_EQ(usage("plain"), (Usage{7, 3}));
  EXPECT_EQ(usage("usage_every"), (Usage{7, 2}));
  EXPECT_EQ(usage("usage_float"), (Usage{7, 3}));
  EXPECT_EQ(usage("o_plain"), (Usage{7, 3}));
  for (const char* name : {"usage_str", "usage_negative", "o_negative", "nofinish"})
    EXPECT_EQ(usage(name), decltype(usage(name)){}) << name;
}

TEST(EngineAnswers, CountTokensInEveryDialect) {
  const auto counted = [](const char* name) {
    const Read got = read(recorded(name), {});
    return std::pair(got.tokens, got.outcome.result.usage.value());
  };
  EXPECT_EQ(counted("plain").first, 2) << "an engine that tells no more than its sum, at the end";
  EXPECT_EQ(counted("vllm_counts"), (std::pair<std::int64_t, Usage>{9, {12, 9, 8}}));
  EXPECT_EQ(counted("sglang_counts"), (std::pair<std::int64_t, Usage>{7, {12, 7, 8, 4}}));
  EXPECT_EQ(counted("llamacpp_counts"), (std::pair<std::int64_t, Usage>{7, {12, 7, 8}}));
  EXPECT_EQ(counted("o_thinking").first, 3);
}

/// `text:tokens`, `(reasoning):tokens` of an answer in one piece.
std::string counted(const std::string& body) {
  EngineAnswer engine;
  engine.take(body);
  engine.finish(BodyEnd::kFramed);
  std::vector<std::string> out;
  for (const LlmChunk& chunk : engine.take_chunks())
    out.push_back(fmt::format(fmt::runtime(chunk.reasoning ? "({}):{}" : "{}:{}"), chunk.text, chunk.tokens));
  return join(out, " ");
}

/// An event of vLLM with `continuous_usage_stats`, or without a usage.
std::string event(const std::string& delta, const std::string& beside = "") {
  return R"(data: {"choices":[{"index":0,"delta":)" + delta + "}]" + (beside.empty() ? "" : "," + beside) + "}\n\n";
}

std::string so_far(int tokens) {
  return fmt::format(R"("usage":{{"prompt_tokens":7,"completion_tokens":{}}})", tokens);
}

TEST(EngineAnswers, CountTheirTokens) {
  const std::string a = R"({"content":"a"})", b = R"({"content":"b"})", think = R"({"reasoning_content":"hm"})",
                    role = R"({"role":"assistant","content":""})", nothing = "{}", tag = R"({"content":"<think>"})",
                    end = "data: {\"choices\":[]," + so_far(9) + "}\n\ndata: [DONE]\n\n";
  const std::vector<std::tuple<const char*, std::string, std::string>> rows = {
      {"a piece is a token to an engine that tells the sum at its end only", event(role) + event(a) + event(b) + end,
       "a:1 b:1"},
      {"also when its last piece brings text and sum", event(a) + event(b, so_far(9)), "a:1 b:1"},
      {"the difference, where every piece has the sum so far",
       event(role, so_far(0)) + event(a, so_far(1)) + event(b, so_far(4)) + event(nothing, so_far(5)), "a:1 b:3 :1"},
      {"a token of two pieces is one", event(think, so_far(1)) + event(a, so_far(1)), "(hm):1 a:0"},
      {"sums that fall are no tokens", event(a, so_far(5)) + event(b, so_far(2)), "a:5 b:0"},
      {"more than a context holds is no count", event(a, so_far(2'000'000'000)), "a:1000000"},
      {"a sum that is no number is none", event(a, R"("usage":{"prompt_tokens":7,"completion_tokens":"3"})"), "a:1"},
      {"llama.cpp's timings, with timings_per_token",
       event(a, R"("timings":{"predicted_n":2,"cache_n":1})") + event(b, R"("timings":{"predicted_n":5})"), "a:2 b:3"},
      {"tokens of a tag come before its text", event(tag, so_far(2)) + event(a, so_far(3)), ":2 (a):1"},
      {"a whole completion",
       R"({"choices":[{"message":{"content":"a b c"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":3}})",
       "a b c:3"},
      {"Ollama: one a line",
       "{\"message\":{\"content\":\"a\"}}\n{\"message\":{\"thinking\":\"hm\"}}\n"
       "{\"message\":{\"content\":\"\"},\"done\":true,\"eval_count\":9,\"prompt_eval_count\":7}\n",
       "a:1 (hm):1"},
      {"Ollama, all at once", R"({"message":{"content":"a b"},"done":true,"eval_count":9,"prompt_eval_count":7})",
       "a b:9"},
  };
  for (const auto& [what, body, expected] : rows) EXPECT_EQ(counted(body), expected) << what;
}

TEST(EngineAnswers, KnowWhatTheCacheSavedAndWhatWasReasoning) {
  const auto usage = [](const std::string& beside) {
    EngineAnswer engine;
    engine.take(event(R"({"content":"a"})") + "data: {\"choices\":[]," + beside + "}\n\ndata: [DONE]\n\n");
    return engine.finish(BodyEnd::kFramed).result.usage.value();
  };
  const auto counting = [&](const std::string& more) {
    return usage(R"("usage":{"prompt_tokens":120,"completion_tokens":48)" + more);
  };
  const std::vector<std::tuple<const char*, std::string, Usage>> rows = {
      {"nothing more", "}", {120, 48}},
      {"OpenAI, vLLM, llama.cpp",
       R"(,"prompt_tokens_details":{"cached_tokens":96},"completion_tokens_details":{"reasoning_tokens":20}})",
       {120, 48, 96, 20}},
      {"vLLM without --enable-prompt-tokens-details", R"(,"prompt_tokens_details":null})", {120, 48}},
      {"SGLang", R"(,"prompt_tokens_details":{"cached_tokens":0},"reasoning_tokens":20})", {120, 48, 0, 20}},
      {"DeepSeek", R"(,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":56})", {120, 48, 64}},
      {"llama.cpp, timings", R"(},"timings":{"cache_n":100,"prompt_n":20,"predicted_n":48})", {120, 48, 100}},
      {"no numbers", R"(,"prompt_tokens_details":{"cached_tokens":"96"},"reasoning_tokens":-1})", {120, 48}},
  };
  for (const auto& [what, more, expected] : rows) EXPECT_EQ(counting(more), expected) << what;
}

TEST(EngineAnswers, TellTheirWordsToWhoeverAsked) {
  const auto words = [](const char* name) { return read(recorded(name), {}).outcome.words; };
  EXPECT_EQ(words("mid_error"), "KV cache exhausted");
  EXPECT_EQ(words("html200"), "Sign in to proxy");
  EXPECT_EQ(words("redirect307"), "it has moved to /v1/chat/completions/");
  EXPECT_EQ(words("nofinish_nodone"), "");
}

TEST(EngineAnswers, CountWhatIsLeftOut) {
  const auto ignored = [](const char* name) {
    EngineAnswer engine;
    engine.take(recorded(name).body);
    engine.finish(BodyEnd::kFramed);
    return engine.ignored();
  };
  EXPECT_EQ(ignored("plain"), 0);
  EXPECT_EQ(ignored("broken_event"), 1);
  EXPECT_EQ(ignored("stop_then_error"), 1);
}

}  // namespace
}  // namespace wsdeep::llm
