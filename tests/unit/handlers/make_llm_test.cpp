#include "handlers/make_llm.h"

#include <gtest/gtest.h>

#include "aws/sigv4.h"
#include "base/error.h"
#include "support/event_messages.h"
#include "support/scripted_http_server.h"

namespace wsdeep::handlers {
namespace {

using testing::bedrock_event;
using testing::bedrock_exception;
using ReaderState = chat::LlmReader::State;
using LlmVariables = std::map<std::string, std::string, std::less<>>;

constexpr std::chrono::seconds kBedrockPatience{10};
const net::Headers kStream{{"Content-Type", "application/vnd.amazon.eventstream"}};

std::string text_event(const std::string& text) {
  return bedrock_event("contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":")" + text + R"("}})");
}
const std::string kStop = bedrock_event("messageStop", R"({"stopReason":"end_turn"})");

/// What is heard of one answer.
struct BedrockHeard {
  std::string text;
  chat::LlmReader::Event end;
};

class MakeLlm : public ::testing::Test {
 protected:
  testing::ScriptedHttpServer server_;
  SystemClock clock_;

  LlmVariables variables(const LlmVariables& more = {}) const {
    LlmVariables all{{"AWS_REGION", "eu-west-1"},         {"AWS_ACCESS_KEY_ID", "AKID"},
                     {"AWS_SECRET_ACCESS_KEY", "secret"}, {"AWS_ENDPOINT_URL_BEDROCK_RUNTIME", server_.url()},
                     {"LLM_ENGINE", "bedrock"},           {"BEDROCK_MODEL", "amazon.nova-lite-v1:0"}};
    for (const auto& [name, value] : more) all[name] = value;
    return all;
  }

  BedrockHeard ask(const LlmVariables& more = {}) {
    const auto llm = make_llm(Env(variables(more)), clock_);
    LlmRequest request;
    request.messages = {{"user", "hi"}};
    const auto reader = llm->start(request, kBedrockPatience);
    BedrockHeard heard;
    const SteadyTime until = std::chrono::steady_clock::now() + kBedrockPatience;
    do {
      heard.end = reader->next(until);
      for (const LlmChunk& chunk : heard.end.chunks) heard.text += chunk.text;
    } while (heard.end.state == ReaderState::kText ||
             (heard.end.state == ReaderState::kWaiting && std::chrono::steady_clock::now() < until));
    return heard;
  }
};

TEST_F(MakeLlm, AsksBedrockSignedForIt) {
  server_.expect(200, text_event("Hel") + text_event("lo") + kStop, kStream);
  const BedrockHeard heard = ask();
  EXPECT_EQ(heard.text, "Hello");
  EXPECT_EQ(heard.end.state, ReaderState::kEnded);
  const net::HttpRequest request = server_.last_request();
  EXPECT_EQ(request.target, "/model/amazon.nova-lite-v1%3A0/converse-stream");
  EXPECT_EQ(aws::verify_signature(request.method, request.target, request.headers, request.body,
                                  {"AKID", "secret", "", std::nullopt}, {"eu-west-1", "bedrock"}, clock_.now()),
            aws::SignatureVerdict::kValid);
}

TEST_F(MakeLlm, AsksAgainWhileNothingHasCome) {
  server_.expect(429, R"({"message":"slow down"})", {{"x-amzn-ErrorType", "ThrottlingException"}});
  server_.expect_and_hang_up();
  server_.expect(200, bedrock_exception("throttlingException", R"({"message":"slow down"})"), kStream);
  server_.expect(200, text_event("Hello") + kStop, kStream);
  EXPECT_EQ(ask().text, "Hello");
}

TEST_F(MakeLlm, GivesUpAfterFourTries) {
  for (int tries = 0; tries < 4; ++tries)
    server_.expect(429, R"({"message":"slow down"})", {{"x-amzn-ErrorType", "ThrottlingException"}});
  const BedrockHeard heard = ask();
  EXPECT_EQ(heard.end.failure.category, "llm_overloaded");
  EXPECT_NE(heard.end.failure.cause.find("(tried 4 times)"), std::string::npos) << heard.end.failure.cause;
}

TEST_F(MakeLlm, TellsWhenToAskAgainWhenThatIsLater) {
  server_.expect(429, "{}", {{"x-amzn-ErrorType", "ThrottlingException"}, {"Retry-After", "60"}});
  const BedrockHeard heard = ask();
  EXPECT_EQ(heard.end.failure.category, "llm_overloaded");
  EXPECT_EQ(heard.end.failure.retry_after, std::chrono::seconds(60));
}

TEST_F(MakeLlm, EndsOnceAnAnswerHasBegun) {
  server_.expect(200, text_event("Hel") + bedrock_exception("serviceUnavailableException", "{}"), kStream);
  const BedrockHeard heard = ask();
  EXPECT_EQ(heard.text, "Hel");
  EXPECT_EQ(heard.end.failure.category, "llm_unavailable");
}

TEST_F(MakeLlm, NamesWhatIsMissingOrWrong) {
  const auto fault = [&](const LlmVariables& values) {
    try {
      make_llm(Env(values), clock_);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(fault({}).find("LLM_URL"), std::string::npos);
  EXPECT_NE(fault({{"LLM_ENGINE", "oracle"}}).find("LLM_ENGINE"), std::string::npos);
  EXPECT_NE(fault(variables({{"BEDROCK_MODEL", ""}})).find("BEDROCK_MODEL"), std::string::npos);
  EXPECT_NE(fault(variables({{"LLM_ENGINE", "bedrock-agent"}})).find("AGENT_ID"), std::string::npos);
  EXPECT_EQ(fault(variables()), "");
}

}  // namespace
}  // namespace wsdeep::handlers
