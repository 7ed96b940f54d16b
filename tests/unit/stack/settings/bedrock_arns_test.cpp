#include "stack/settings/bedrock_arns.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

const std::string kHere = "arn:${AWS::Partition}:bedrock:${AWS::Region}:";
const std::string kModels = "arn:${AWS::Partition}:bedrock:*::foundation-model/";

TEST(BedrockArns, NameAModelByItsId) {
  EXPECT_EQ(bedrock_model_arn("zai.glm-4.6"), kHere + ":foundation-model/zai.glm-4.6");
  EXPECT_EQ(models_behind_profile("zai.glm-4.6"), std::nullopt);
}

TEST(BedrockArns, NameAProfileAndWhatIsBehindIt) {
  const std::string id = "us.anthropic.claude-3-5-haiku-20241022-v1:0";
  EXPECT_EQ(bedrock_model_arn(id), kHere + "${AWS::AccountId}:inference-profile/" + id);
  EXPECT_EQ(models_behind_profile(id), kModels + "anthropic.claude-3-5-haiku-20241022-v1:0");
  EXPECT_EQ(models_behind_profile("global.amazon.nova-2-lite-v1:0"), kModels + "amazon.nova-2-lite-v1:0");
}

TEST(BedrockArns, TakeAnArnAsItIs) {
  const std::string account = "arn:aws:bedrock:us-east-1:123456789012:";
  for (const std::string& arn : {account + "provisioned-model/abc", account + "imported-model/abc",
                                 std::string("arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0")}) {
    EXPECT_EQ(bedrock_model_arn(arn), arn);
    EXPECT_EQ(models_behind_profile(arn), std::nullopt) << arn;
  }
  EXPECT_EQ(models_behind_profile(account + "inference-profile/us.amazon.nova-lite-v1:0"),
            kModels + "amazon.nova-lite-v1:0");
  EXPECT_EQ(models_behind_profile(account + "application-inference-profile/abc"), kModels + "*");
}

TEST(BedrockArns, KnowTheModelThatIsAskedInTheEnd) {
  const std::string account = "arn:aws:bedrock:us-east-1:123456789012:";
  const struct {
    std::string model;
    std::optional<std::string> asked;
    bool by_profile;
  } rows[] = {{"zai.glm-4.6", "zai.glm-4.6", false},
              {"us.deepseek.r1-v1:0", "deepseek.r1-v1:0", true},
              {"arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", false},
              {account + "inference-profile/us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", true},
              {account + "application-inference-profile/abc", std::nullopt, true},
              {account + "provisioned-model/abc", std::nullopt, false}};
  for (const auto& row : rows) {
    EXPECT_EQ(foundation_model_of(row.model), row.asked) << row.model;
    EXPECT_EQ(is_inference_profile(row.model), row.by_profile) << row.model;
  }
}

TEST(BedrockArns, NameAGuardrailAndAnAgentsAlias) {
  EXPECT_EQ(bedrock_guardrail_arn("abc123"), kHere + "${AWS::AccountId}:guardrail/abc123");
  EXPECT_EQ(bedrock_guardrail_arn("arn:aws:bedrock:us-east-1:1:guardrail/a"),
            "arn:aws:bedrock:us-east-1:1:guardrail/a");
  LlmSettings llm;
  llm.agent_id = "A1";
  llm.agent_alias = "B2";
  EXPECT_EQ(bedrock_agent_arn(llm), kHere + "${AWS::AccountId}:agent-alias/A1/B2");
}

}  // namespace
}  // namespace wsdeep::stack
