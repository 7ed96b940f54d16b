#include "stack/settings/rest_chat_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

ParsedSettings with_rest_chat(std::string_view more) {
  return parse_settings(R"(project: chat
environments:
  dev: {region: us-east-1}
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)" + std::string(more));
}

std::string told_of_rest_chat(std::string_view more) {
  return render(with_rest_chat(more).diagnostics);
}

const std::optional<RestChatSettings>& section_of(const ParsedSettings& parsed) {
  return parsed.settings.environments.at(0).rest_chat;
}

TEST(RestChatSection, IsOnOffOrAMap) {
  EXPECT_FALSE(section_of(with_rest_chat("")));
  EXPECT_FALSE(section_of(with_rest_chat("rest_chat: false\n")));
  const ParsedSettings on = with_rest_chat("rest_chat: true\n");
  EXPECT_EQ(render(on.diagnostics), "");
  ASSERT_TRUE(section_of(on));
  EXPECT_EQ(section_of(on)->table, "");
  const ParsedSettings whole = with_rest_chat(
      "rest_chat: {table: test-chat, hs256_secret: chat/jwt, hs256_issuer: \"https://login.example.com\"}\n");
  EXPECT_EQ(render(whole.diagnostics), "");
  ASSERT_TRUE(section_of(whole));
  EXPECT_EQ(section_of(whole)->table, "test-chat");
  EXPECT_EQ(section_of(whole)->hs256_secret, "chat/jwt");
  EXPECT_EQ(section_of(whole)->hs256_issuer, "https://login.example.com");
}

TEST(RestChatSection, LimitsItsExecutionsInProduction) {
  const auto reserved = [](const std::string& environment, std::string_view more) {
    std::string text = "project: chat\nenvironments:\n  " + environment + ": {region: us-east-1}\n" + R"(llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)";
    return section_of(parse_settings(text + std::string(more)))->concurrency;
  };
  EXPECT_EQ(reserved("dev", "rest_chat: true\n"), 0) << "a new account has ten executions";
  EXPECT_EQ(reserved("production", "rest_chat: true\n"), RestChatSettings::kDefaultConcurrency);
  EXPECT_EQ(reserved("production", "rest_chat: {concurrency: 0}\n"), 0);
  EXPECT_EQ(reserved("dev", "rest_chat: {concurrency: 7}\n"), 7);
  EXPECT_THAT(told_of_rest_chat("rest_chat: {concurrency: many}\n"), HasSubstr("a whole number from 0 to 10000"));
}

TEST(RestChatSection, RefusesWhatIsNone) {
  EXPECT_THAT(told_of_rest_chat("rest_chat: yes please\n"), HasSubstr("expected true or false"));
  EXPECT_THAT(told_of_rest_chat("rest_chat: {table: a b}\n"), HasSubstr("the name of a DynamoDB table"));
  EXPECT_THAT(told_of_rest_chat("rest_chat: {tabel: test-chat}\n"), HasSubstr("tabel"));
}

TEST(RestChatSection, RefusesTwoWaysToCheckOneIssuersTokens) {
  EXPECT_THAT(told_of_rest_chat("rest_chat: {hs256_issuer: \"https://login.example.com\"}\n"),
              HasSubstr("without rest_chat.hs256_secret"));
  EXPECT_THAT(told_of_rest_chat("rest_chat: {hs256_secret: chat/jwt, hs256_issuer: "
                                "\"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI\"}\n"),
              HasSubstr("RS256"));
}

TEST(RestChatSection, MayTakeTokensOfThePoolsUsers) {
  const ParsedSettings parsed = with_rest_chat("rest_chat: {hs256_secret: chat/jwt, hs256_pool_users: true}\n");
  EXPECT_EQ(render(parsed.diagnostics), "");
  EXPECT_TRUE(section_of(parsed)->hs256_pool_users);
  EXPECT_THAT(told_of_rest_chat("rest_chat: {hs256_pool_users: true}\n"), HasSubstr("without rest_chat.hs256_secret"));
}

TEST(RestChatSection, NeedsAWayToThePoolsKeys) {
  EXPECT_THAT(told_of_rest_chat("network: {egress: endpoints}\nrest_chat: true\n"),
              HasSubstr("no way to the user pool's keys"));
}

TEST(RestChatSection, IsOutsideOfTheVpcWhereBedrockAnswers) {
  const std::string told = render(parse_settings(R"(project: chat
environments:
  dev: {region: us-east-1}
llm: {engine: bedrock, model: "anthropic.claude-3-haiku-20240307-v1:0"}
network: {egress: endpoints}
allowed_origins: [https://app.example.com]
rest_chat: true
)")
                                      .diagnostics);
  EXPECT_EQ(told.find("user pool's keys"), std::string::npos) << told;
}

}  // namespace
}  // namespace wsdeep::stack
