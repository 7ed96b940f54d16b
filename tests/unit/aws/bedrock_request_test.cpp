#include "aws/bedrock_request.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::aws {
namespace {

BedrockTarget model(std::string id = "anthropic.claude-3-haiku-20240307-v1:0") {
  BedrockTarget target;
  target.model = std::move(id);
  return target;
}

LlmRequest asking(std::vector<ChatMessage> messages) {
  LlmRequest request;
  request.messages = std::move(messages);
  request.session_id = "chat-1";
  return request;
}

TEST(BedrockRequest, NamesTheModelInThePath) {
  const LlmRequest request = asking({{"user", "hi"}});
  EXPECT_EQ(bedrock_path(model(), request), "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse-stream");
  EXPECT_EQ(bedrock_path(model("arn:aws:bedrock:us-east-1:1:inference-profile/us.x"), request),
            "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Ainference-profile%2Fus.x/converse-stream");
  EXPECT_EQ(bedrock_path(parse_agent("AGENT12345/ALIAS12345"), request),
            "/agents/AGENT12345/agentAliases/ALIAS12345/sessions/chat-1/text");
}

TEST(BedrockRequest, MakesTurnsOfTheConversation) {
  const LlmRequest request = asking({{"system", "Be brief."},
                                     {"assistant", "before anybody asked"},
                                     {"user", "one"},
                                     {"assistant", " "},
                                     {"user", "two"},
                                     {"assistant", "answer"},
                                     {"user", "three"}});
  EXPECT_EQ(bedrock_body(model(), request),
            R"({"messages":[{"content":[{"text":"one"},{"text":"two"}],"role":"user"},)"
            R"({"content":[{"text":"answer"}],"role":"assistant"},{"content":[{"text":"three"}],"role":"user"}],)"
            R"("system":[{"text":"Be brief."}]})");
}

TEST(BedrockRequest, PassesTheParametersThatThereAre) {
  LlmRequest request = asking({{"user", "hi"}});
  request.parameters.temperature = 1.5;
  request.parameters.max_tokens = 50;
  request.parameters.top_p = 0.5;
  request.parameters.top_k = 40;
  request.parameters.stop = {"END"};
  request.parameters.seed = 7;
  const std::string turns = R"("messages":[{"content":[{"text":"hi"}],"role":"user"}])";
  const std::string config =
      R"("inferenceConfig":{"maxTokens":50,"stopSequences":["END"],"temperature":1.0,"topP":0.5},)";
  EXPECT_EQ(bedrock_body(model(), request), R"({"additionalModelRequestFields":{"top_k":40},)" + config + turns + "}");
  EXPECT_EQ(bedrock_body(model("eu.amazon.nova-lite-v1:0"), request),
            R"({"additionalModelRequestFields":{"inferenceConfig":{"topK":40}},)" + config + turns + "}");
  EXPECT_EQ(bedrock_body(model("deepseek.r1-v1:0"), request), "{" + config + turns + "}");
}

TEST(BedrockRequest, AppliesAGuardrail) {
  BedrockTarget target = model();
  target.guardrail = "abc123";
  EXPECT_EQ(bedrock_body(target, asking({{"user", "hi"}})),
            R"({"guardrailConfig":{"guardrailIdentifier":"abc123","guardrailVersion":"DRAFT"},)"
            R"("messages":[{"content":[{"text":"hi"}],"role":"user"}]})");
}

TEST(BedrockRequest, AsksAnAgentTheLastQuestionAlone) {
  EXPECT_EQ(bedrock_body(parse_agent("A/B"), asking({{"user", "one"}, {"assistant", "x"}, {"user", "two"}})),
            R"({"enableTrace":true,"inputText":"two","streamingConfigurations":{"streamFinalResponse":true}})");
}

TEST(BedrockRequest, NeedsAQuestion) {
  EXPECT_THROW(bedrock_body(model(), asking({})), Error);
  EXPECT_THROW(bedrock_body(model(), asking({{"user", " "}})), Error);
  EXPECT_THROW(bedrock_body(model(), asking({{"user", "x"}, {"assistant", "y"}})), Error);
  EXPECT_THROW(bedrock_body(parse_agent("A/B"), asking({{"system", "x"}})), Error);
}

TEST(BedrockRequest, NamesASessionThatBedrockTakes) {
  EXPECT_EQ(agent_session_id("", "0b5c-A_1.2:3"), "0b5c-A_1.2:3");
  EXPECT_EQ(agent_session_id("", "x").size(), 64u);
  EXPECT_EQ(agent_session_id("", "ä b").size(), 64u);
  EXPECT_EQ(agent_session_id("", std::string(101, 'a')).size(), 64u);
  EXPECT_NE(agent_session_id("", "x"), agent_session_id("", "y"));
  EXPECT_NE(agent_session_id("", ""), agent_session_id("", ""));
}

TEST(BedrockRequest, KeepsOwnersOfTheSameChatApart) {
  LlmRequest request = asking({{"user", "hi"}});
  const BedrockTarget agent = parse_agent("A/B");
  request.session_owner = "chat\nu-1";
  // printf 'chat\nu-1\nchat-1' | sha256sum
  EXPECT_EQ(bedrock_path(agent, request),
            "/agents/A/agentAliases/B/sessions/d827c45605a161838992f83e492bdfb8ecea774fcf4533802948cc66e1eb5983/text");
  const std::string before = bedrock_path(agent, request);
  request.session_owner = "chat\nu-2";
  EXPECT_NE(bedrock_path(agent, request), before);
  // Without a chat there is no session to come back to.
  request.session_id.clear();
  EXPECT_NE(bedrock_path(agent, request), bedrock_path(agent, request));
}

TEST(BedrockRequest, RefusesTargetsThatAreNone) {
  EXPECT_THROW(validate(BedrockTarget{}), Error);
  EXPECT_THROW(validate(model("a model?")), Error);
  EXPECT_THROW(validate(model(std::string(3000, 'a'))), Error);
  for (const char* agent : {"", "A", "A/", "/B", "A/B/C", "A-1/B", "12345678901/B"})
    EXPECT_THROW(parse_agent(agent), Error);
  BedrockTarget both = parse_agent("A/B");
  both.model = "m";
  EXPECT_THROW(validate(both), Error);
}

}  // namespace
}  // namespace wsdeep::aws
