#include "stack/settings/bedrock_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string llm_settings(std::string_view llm, std::string_view more = "", std::string_view environment = "dev") {
  return "project: chat\nenvironments:\n  " + std::string(environment) + ":\n    region: us-east-1\nllm:\n" +
         std::string(llm) + "allowed_origins: [https://app.example.com]\n" + std::string(more);
}

std::string told_of_llm(std::string_view llm, std::string_view more = "") {
  return render(parse_settings(llm_settings(llm, more)).diagnostics);
}

constexpr std::string_view kBedrockModel = "  engine: bedrock\n  model: anthropic.claude-3-haiku-20240307-v1:0\n";
constexpr std::string_view kBedrockAgent =
    "  engine: bedrock-agent\n  agent_id: AGENT12345\n  agent_alias: ALIAS12345\n";

TEST(BedrockSection, NeedsNothingOfANode) {
  EXPECT_EQ(told_of_llm(kBedrockModel), "");
  EXPECT_EQ(told_of_llm(kBedrockAgent), "");
  const ParsedSettings parsed = parse_settings(llm_settings(kBedrockModel, "", "production"));
  EXPECT_EQ(render(parsed.diagnostics), "");
  EXPECT_EQ(parsed.settings.environments.at(0).limits.generate_concurrency, 0);
  EXPECT_FALSE(parsed.settings.environments.at(0).has_network());
}

TEST(BedrockSection, NeedsAModelOrAnAgent) {
  EXPECT_THAT(told_of_llm("  engine: bedrock\n"), HasSubstr("'llm.model' is missing for environment 'dev'"));
  const std::string agent = told_of_llm("  engine: bedrock-agent\n");
  EXPECT_THAT(agent, HasSubstr("'llm.agent_id' is missing for environment 'dev'"));
  EXPECT_THAT(agent, HasSubstr("'llm.agent_alias' is missing for environment 'dev'"));
  EXPECT_THAT(told_of_llm(std::string(kBedrockModel) + "  agent_id: no-agent\n"),
              HasSubstr("expected the id of an agent"));
}

TEST(BedrockSection, SaysWhatDoesNotGoTogether) {
  EXPECT_THAT(told_of_llm(std::string(kBedrockModel) + "  agent_id: AGENT12345\n"),
              HasSubstr("engine: bedrock-agent alone"));
  EXPECT_THAT(told_of_llm(std::string(kBedrockAgent) + "  guardrail: abc123\n"),
              HasSubstr("an agent has its own guardrail"));
  EXPECT_THAT(told_of_llm(std::string(kBedrockAgent) + "  system_prompt: Be brief.\n"),
              HasSubstr("told no system prompt"));
  EXPECT_THAT(told_of_llm("  engine: ollama\n  guardrail: abc123\n"), HasSubstr("it goes with engine: bedrock"));
  EXPECT_THAT(told_of_llm("  engine: bedrock\n  model: arn:aws:bedrock:us-east-1:123456789012:prompt-router/x\n"),
              HasSubstr("a prompt router is not asked"));
}

TEST(BedrockSection, TellsOfSettingsThatSayNothing) {
  const std::string warned = told_of_llm(std::string(kBedrockModel) + "  instance_types: [g5.xlarge]\n  min: 0\n",
                                         "network: {mode: new, egress: nat}\n");
  EXPECT_THAT(warned, HasSubstr("warning: llm.instance_types, llm.min, network.mode say nothing for environment 'dev': "
                                "with engine bedrock there are no nodes"));
  EXPECT_THAT(warned, Not(HasSubstr("error")));
}

TEST(BedrockSection, HasANetworkForABackendThatIsInOne) {
  const ParsedSettings parsed = parse_settings(llm_settings(
      kBedrockModel,
      "auth: {token_in_query: true}\nbackend: {url: https://b.example.com, signing_secret: chat/b, network: vpc}\n"));
  ASSERT_EQ(render(parsed.diagnostics), "");
  const std::string service = compose(parsed.settings.environments.at(0), Part::kService).text;
  EXPECT_THAT(service, HasSubstr("AWS::EC2::VPC"));
  EXPECT_THAT(service, Not(HasSubstr("LlmDomain")));
}

}  // namespace
}  // namespace wsdeep::stack
