#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stack/compose.h"
#include "stack/settings.h"

namespace wsdeep::stack {
namespace {

TEST(InitialSettings, ParseWithoutDiagnostics) {
  InitAnswers plain;
  InitAnswers domain;
  domain.domain = "example.org";
  domain.profile = "ops";
  domain.alarm_email = "ops@example.org";
  domain.capacity = Capacity::kSpot;
  InitAnswers ollama;
  ollama.engine = EngineKind::kOllama;
  ollama.model = "deepseek-r1:8b";
  ollama.environments = {"dev"};
  InitAnswers endpoints;
  endpoints.egress = Egress::kEndpoints;
  endpoints.region = "eu-west-1";
  for (const InitAnswers& answers : {plain, domain, ollama, endpoints}) {
    const std::string text = initial_settings(answers);
    const ParsedSettings parsed = parse_settings(text);
    EXPECT_EQ(render(parsed.diagnostics), "") << text;
    EXPECT_EQ(parsed.settings.environments.size(), answers.environments.size());
  }
}

TEST(InitialSettings, SayWhatWasAnswered) {
  InitAnswers answers;
  answers.project = "study";
  answers.region = "eu-west-1";
  answers.domain = "example.org";
  answers.instance_types = {"g6e.xlarge"};
  answers.capacity = Capacity::kSpot;
  answers.alarm_email = "ops@example.org";
  answers.allowed_origins = {"https://a.example.org", "http://localhost:3000"};
  const Settings settings = parse_settings(initial_settings(answers)).settings;
  const EnvironmentSettings& production = *settings.find("production");
  EXPECT_EQ(production.stack_name, "study-production");
  EXPECT_EQ(production.region, "eu-west-1");
  EXPECT_EQ(production.domain->name, "ws.example.org");
  EXPECT_EQ(settings.find("dev")->domain->name, "ws.dev.example.org");
  EXPECT_EQ(production.llm.instance_types, answers.instance_types);
  EXPECT_EQ(production.llm.capacity, Capacity::kSpot);
  EXPECT_EQ(production.alarm_email, "ops@example.org");
  EXPECT_EQ(production.allowed_origins, answers.allowed_origins);
}

TEST(InitialSettings, LeavePlaceholdersThatAreFound) {
  InitAnswers answers;
  answers.domain = "example.org";
  const auto left = [&] { return unfilled(parse_settings(initial_settings(answers)).settings.environments.at(0)); };
  EXPECT_EQ(left(), (std::vector<std::string>{"llm.certificate", "domain.certificate"}));
  answers.llm_certificate = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";
  answers.domain.clear();
  EXPECT_EQ(left(), std::vector<std::string>{});
}

/// What a comment offers must be right when somebody takes the `#` away.
TEST(InitialSettings, OfferKeysThatExist) {
  std::string text = initial_settings({});
  for (const char* offered : {"# profile: ", "# stack_name: ", "# log_retention_days: ", "# monthly_budget_usd: ",
                              "# system_prompt: ", "# alarm_email: "}) {
    const std::size_t at = text.find(offered);
    ASSERT_NE(at, std::string::npos) << offered;
    text.erase(at, 2);
  }
  EXPECT_EQ(render(parse_settings(text).diagnostics), "");
}

}  // namespace
}  // namespace wsdeep::stack
