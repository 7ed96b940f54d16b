#include "stack/settings/initial_settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "stack/template/compose.h"

namespace wsdeep::stack {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const Question& question(std::string_view flag) {
  for (const Question& one : init_questions())
    if (one.flag == flag) return one;
  throw std::logic_error("no such question");
}

InitAnswers answers_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& flags) {
  InitAnswers answers;
  for (const auto& [flag, words] : flags) answers.set(question(flag), words);
  return answers;
}

Settings settings_of(const InitAnswers& answers) {
  const std::string text = initial_settings(answers);
  const ParsedSettings parsed = parse_settings(text);
  EXPECT_EQ(render(parsed.diagnostics), "") << text;
  return parsed.settings;
}

constexpr const char* kCertificate =
    "arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555";

TEST(InitialSettings, ParseWithoutDiagnostics) {
  for (const InitAnswers& answers :
       {InitAnswers(), answers_of({{"domain", {"example.org"}}, {"profile", {"ops"}}, {"capacity", {"spot"}}}),
        answers_of({{"engine", {"ollama"}}, {"environments", {"dev"}}}),
        answers_of({{"region", {"eu-west-1"}}, {"egress", {"endpoints"}}}),
        answers_of({{"model", {"deepseek-ai/DeepSeek-R1"}}}), answers_of({{"engine", {"ollama", "production=vllm"}}})})
    EXPECT_EQ(settings_of(answers).environments.size(), answers.environments().size());
}

TEST(InitialSettings, SayWhatWasAnswered) {
  const Settings settings = settings_of(answers_of({{"project", {"study"}},
                                                    {"region", {"eu-west-1"}},
                                                    {"domain", {"example.org"}},
                                                    {"instance-types", {"g6e.xlarge"}},
                                                    {"capacity", {"spot"}},
                                                    {"min", {"1"}},
                                                    {"desired", {"3"}},
                                                    {"max", {"7"}},
                                                    {"alarm-email", {"ops@example.org"}},
                                                    {"monthly-budget", {"700"}},
                                                    {"log-retention-days", {"90"}},
                                                    {"requests-per-second", {"50"}},
                                                    {"burst", {"70"}},
                                                    {"origins", {"https://a.example.org,http://localhost:3000"}}}));
  const EnvironmentSettings& production = *settings.find("production");
  EXPECT_EQ(production.stack_name, "study-production");
  EXPECT_EQ(production.region, "eu-west-1");
  EXPECT_EQ(production.domain->name, "ws.example.org");
  EXPECT_EQ(settings.find("dev")->domain->name, "ws.dev.example.org");
  EXPECT_THAT(production.llm.instance_types, ElementsAre("g6e.xlarge"));
  EXPECT_EQ(production.llm.capacity, Capacity::kSpot);
  EXPECT_EQ(production.llm.min, 1);
  EXPECT_EQ(production.llm.desired, 3);
  EXPECT_EQ(production.llm.max, 7);
  EXPECT_EQ(production.alarm_email, "ops@example.org");
  EXPECT_EQ(production.monthly_budget_usd, 700);
  EXPECT_EQ(production.log_retention_days, 90);
  EXPECT_EQ(production.limits.requests_per_second, 50);
  EXPECT_EQ(production.limits.burst, 70);
  EXPECT_THAT(production.allowed_origins, ElementsAre("https://a.example.org", "http://localhost:3000"));
}

TEST(InitialSettings, MakeAddressesOfADomainAndTakeAFullNameAsItIs) {
  struct Row {
    std::vector<std::string> domain;
    const char* environments;
    std::vector<std::string> addresses;
  };
  const Row rows[] = {
      {{"example.org"}, "dev,production", {"ws.dev.example.org", "ws.example.org"}},
      {{"chat.example.org"}, "dev,production", {"dev.chat.example.org", "chat.example.org"}},
      {{"chat.example.org"}, "dev", {"chat.example.org"}},
      {{"example.org"}, "dev", {"ws.dev.example.org"}},
      {{"example.co.uk"}, "dev,production", {"ws.dev.example.co.uk", "ws.example.co.uk"}},
      {{"chat.example.co.uk"}, "dev,production", {"dev.chat.example.co.uk", "chat.example.co.uk"}},
      {{"chat.example.org", "dev=try.example.org"}, "dev,production", {"try.example.org", "chat.example.org"}},
  };
  for (const Row& row : rows) {
    std::vector<std::string> addresses;
    for (const auto& one :
         settings_of(answers_of({{"environments", {row.environments}}, {"domain", row.domain}})).environments)
      addresses.push_back(one.domain->name);
    EXPECT_EQ(addresses, row.addresses) << row.domain.front() << " " << row.environments;
  }
}

TEST(InitialSettings, AskForTheAccountsLoggingRole) {
  EXPECT_TRUE(settings_of(InitAnswers()).environments.at(0).api_gateway_logging_role);
  EXPECT_FALSE(
      settings_of(answers_of({{"api-gateway-logging-role", {"no"}}})).environments.at(0).api_gateway_logging_role);
}

TEST(InitialSettings, GiveEnvironmentsOfOneNetworkPrivateNamesOfTheirOwn) {
  const Settings settings =
      settings_of(answers_of({{"environments", {"dev,production"}},
                              {"network", {"existing"}},
                              {"vpc", {"vpc-0123456789abcdef0"}},
                              {"subnets", {"subnet-0123456789abcdef0,subnet-0123456789abcdef1"}}}));
  EXPECT_EQ(settings.find("dev")->llm.domain, "dev.llm.chat.example");
  EXPECT_EQ(settings.find("production")->llm.domain, "llm.chat.example");
}

TEST(InitialSettings, GiveAnEnvironmentItsOwnAnswers) {
  const Settings settings = settings_of(answers_of({{"region", {"us-east-1", "production=eu-west-1"}},
                                                    {"profile", {"dev=chat-dev", "production=chat-live"}},
                                                    {"stack-name", {"production=chat-live"}},
                                                    {"domain", {"production=live.example.org"}},
                                                    {"max", {"2", "production=9"}},
                                                    {"log-retention-days", {"production=365"}},
                                                    {"alarm-email", {"production=ops@example.org"}},
                                                    {"origins", {"dev=http://localhost:3000"}}}));
  const EnvironmentSettings& dev = *settings.find("dev");
  const EnvironmentSettings& production = *settings.find("production");
  EXPECT_EQ(dev.region, "us-east-1");
  EXPECT_EQ(production.region, "eu-west-1");
  EXPECT_EQ(arn_region(production.llm.certificate), "eu-west-1");
  EXPECT_EQ(dev.profile, "chat-dev");
  EXPECT_EQ(settings.find("staging")->profile, "");
  EXPECT_EQ(dev.stack_name, "chat-dev");
  EXPECT_EQ(production.stack_name, "chat-live");
  EXPECT_FALSE(dev.domain);
  EXPECT_EQ(production.domain->name, "live.example.org");
  EXPECT_EQ(dev.llm.max, 2);
  EXPECT_EQ(production.llm.max, 9);
  EXPECT_EQ(dev.log_retention_days, 30);
  EXPECT_EQ(production.log_retention_days, 365);
  EXPECT_EQ(dev.alarm_email, "");
  EXPECT_EQ(production.alarm_email, "ops@example.org");
  EXPECT_THAT(dev.allowed_origins, ElementsAre("http://localhost:3000"));
  EXPECT_THAT(production.allowed_origins, ElementsAre("https://app.chat.example"));
}

TEST(InitialSettings, TakeAnExistingPoolForSomeEnvironments) {
  const Settings settings = settings_of(answers_of({{"user-pool", {"production=us-east-1_AbC123xyz"}},
                                                    {"client-ids", {"production=1example23456789,2example34567890"}},
                                                    {"hosted-ui-prefix", {"chat-sign-in", "production=none"}}}));
  EXPECT_TRUE(settings.find("dev")->auth.makes_pool());
  EXPECT_EQ(settings.find("dev")->auth.hosted_ui_prefix, "chat-sign-in-dev");
  EXPECT_EQ(settings.find("staging")->auth.hosted_ui_prefix, "chat-sign-in-staging");
  EXPECT_EQ(settings.find("production")->auth.user_pool, "us-east-1_AbC123xyz");
  EXPECT_THAT(settings.find("production")->auth.client_ids, ElementsAre("1example23456789", "2example34567890"));
  EXPECT_EQ(settings.find("production")->auth.hosted_ui_prefix, "");
}

TEST(InitialSettings, TakeGoogle) {
  const Settings settings = settings_of(answers_of({{"hosted-ui-prefix", {"chat-sign-in"}},
                                                    {"google-client-id", {"1234567890-abc.apps.googleusercontent.com"}},
                                                    {"google-secret", {"chat/google"}}}));
  const AuthSettings& auth = settings.find("production")->auth;
  EXPECT_EQ(auth.hosted_ui_prefix, "chat-sign-in");
  EXPECT_THAT(auth.callback_urls, ElementsAre("https://app.chat.example/callback"));
  EXPECT_EQ(auth.google->client_id, "1234567890-abc.apps.googleusercontent.com");
  EXPECT_EQ(auth.google->client_secret, "chat/google");
}

TEST(InitialSettings, TakeANetworkOfEachEnvironment) {
  const Settings settings = settings_of(
      answers_of({{"environments", {"dev,production"}},
                  {"network", {"existing", "dev=ssm"}},
                  {"vpc", {"dev=/network/vpc", "production=vpc-0123456789abcdef0"}},
                  {"subnets", {"dev=/network/subnets", "production=subnet-0123456789abcdef0,subnet-0123456789abcdef1"}},
                  {"security-groups", {"production=sg-0123456789abcdef0,sg-0123456789abcdef1,sg-0123456789abcdef2"}}}));
  EXPECT_EQ(settings.find("dev")->network.mode, NetworkMode::kSsm);
  EXPECT_EQ(settings.find("dev")->network.vpc, "/network/vpc");
  EXPECT_FALSE(settings.find("dev")->network.security_groups);
  EXPECT_EQ(settings.find("production")->network.mode, NetworkMode::kExisting);
  EXPECT_EQ(settings.find("production")->network.subnets.size(), 2u);
  EXPECT_EQ(settings.find("production")->network.security_groups->nodes, "sg-0123456789abcdef2");
}

TEST(InitialSettings, GiveNodesWorkingHours) {
  const Settings settings =
      settings_of(answers_of({{"hours", {"7-20", "production=always"}}, {"time-zone", {"Europe/Berlin"}}}));
  const auto& schedule = settings.find("dev")->llm.schedule;
  ASSERT_EQ(schedule.size(), 2u);
  EXPECT_EQ(schedule[0].cron, "0 20 * * *");
  EXPECT_EQ(schedule[0].max, 0);
  EXPECT_EQ(schedule[1].cron, "0 7 * * MON-FRI");
  EXPECT_EQ(schedule[1].time_zone, "Europe/Berlin");
  EXPECT_EQ(schedule[1].desired, 1);
  EXPECT_THAT(settings.find("production")->llm.schedule, IsEmpty());
}

TEST(InitialSettings, FitTheDefaultsToTheAnswers) {
  EXPECT_EQ(settings_of(answers_of({{"engine", {"ollama"}}})).environments[0].llm.model, "deepseek-r1:8b");
  const LlmSettings large = settings_of(answers_of({{"model", {"deepseek-ai/DeepSeek-R1"}}})).environments[0].llm;
  EXPECT_THAT(large.instance_types, ElementsAre("p5e.48xlarge"));
  EXPECT_GE(large.volume_gb, 729);
  EXPECT_EQ(settings_of(answers_of({{"min", {"4"}}})).environments[0].llm.max, 4);
}

TEST(InitialSettings, TakeBedrockInPlaceOfNodes) {
  const InitAnswers answers = answers_of({{"engine", {"bedrock"}}, {"region", {"us-east-1", "production=eu-west-1"}}});
  EXPECT_EQ(initial_settings(answers).find("network:"), std::string::npos);
  EXPECT_EQ(initial_settings(answers).find("instance_types"), std::string::npos);
  const Settings settings = settings_of(answers);
  EXPECT_EQ(settings.find("dev")->llm.engine, EngineKind::kBedrock);
  EXPECT_EQ(settings.find("dev")->llm.model, "us.amazon.nova-lite-v1:0");
  EXPECT_EQ(settings.find("production")->llm.model, "eu.amazon.nova-lite-v1:0");
  EXPECT_THAT(unfilled(*settings.find("dev")), ElementsAre("allowed_origins"));
  const Settings agent = settings_of(
      answers_of({{"engine", {"bedrock-agent"}}, {"agent-id", {"AGENT12345"}}, {"agent-alias", {"ALIAS12345"}}}));
  EXPECT_EQ(agent.find("dev")->llm.agent_id, "AGENT12345");
  EXPECT_EQ(agent.find("dev")->llm.agent_alias, "ALIAS12345");
}

TEST(InitialSettings, TakeBedrockForSomeEnvironments) {
  const std::string text = initial_settings(answers_of({{"engine", {"vllm", "dev=bedrock"}}}));
  const ParsedSettings parsed = parse_settings(text);
  ASSERT_FALSE(has_errors(parsed.diagnostics)) << render(parsed.diagnostics);
  EXPECT_EQ(parsed.settings.find("dev")->llm.model, "us.amazon.nova-lite-v1:0");
  EXPECT_THAT(unfilled(*parsed.settings.find("dev")), ElementsAre("allowed_origins"));
  EXPECT_EQ(parsed.settings.find("production")->llm.engine, EngineKind::kVllm);
  EXPECT_THAT(unfilled(*parsed.settings.find("production")), Contains("llm.domain"));
}

/// Every engine at the top with every engine of one environment, its agent's ids said for all, for itself, or not
/// there.
TEST(InitialSettings, TakeEveryMixOfEngines) {
  const auto check = [](const std::string& common, const std::string& own, const std::vector<std::string>& ids) {
    const InitAnswers answers = answers_of({{"environments", {"dev,production"}},
                                            {"engine", {common, "dev=" + own}},
                                            {"agent-id", ids},
                                            {"agent-alias", ids}});
    const std::string text = initial_settings(answers);
    const ParsedSettings parsed = parse_settings(text);
    ASSERT_FALSE(has_errors(parsed.diagnostics)) << common << ", dev=" << own << "\n"
                                                 << render(parsed.diagnostics) << text;
    for (const EnvironmentSettings& environment : parsed.settings.environments) {
      const std::string engine = environment.name == "dev" ? own : common;
      EXPECT_EQ(environment.llm.asks_agent(), engine == "bedrock-agent") << text;
      EXPECT_EQ(environment.llm.on_bedrock(), engine.starts_with("bedrock")) << text;
      EXPECT_EQ(environment.llm.agent_id,
                engine == "bedrock-agent" ? answers.get("llm.agent_id", environment.name) : "")
          << text;
      if (engine != "bedrock-agent") {
        EXPECT_EQ(environment.llm.model, answers.get("llm.model", environment.name)) << text;
      }
    }
  };
  for (const char* common : {"vllm", "ollama", "bedrock", "bedrock-agent"})
    for (const char* own : {"vllm", "ollama", "bedrock", "bedrock-agent"}) {
      check(common, own, {"AGENT12345"});
      check(common, own, {"AGENT12345", "dev=1234567890"});
      if (std::string_view(own) != "bedrock-agent") check(common, own, {"AGENT12345", "dev=none"});
    }
}

TEST(InitialSettings, MissAnAgentWhereThereIsNone) {
  const ParsedSettings parsed = parse_settings(initial_settings(answers_of(
      {{"engine", {"bedrock-agent"}}, {"agent-id", {"AGENT12345", "dev=none"}}, {"agent-alias", {"ALIAS12345"}}})));
  ASSERT_EQ(parsed.diagnostics.size(), 1u) << render(parsed.diagnostics);
  EXPECT_EQ(parsed.diagnostics[0].message,
            "'llm.agent_id' is missing for environment 'dev': the id of the agent, ten letters and digits");
}

TEST(InitialSettings, NameNoModelOfBedrockWhereNoneIsKnown) {
  const ParsedSettings parsed =
      parse_settings(initial_settings(answers_of({{"engine", {"bedrock"}}, {"region", {"us-gov-west-1"}}})));
  ASSERT_TRUE(has_errors(parsed.diagnostics));
  EXPECT_THAT(parsed.diagnostics[0].message, ::testing::HasSubstr("'llm.model' is missing"));
  EXPECT_EQ(
      settings_of(
          answers_of({{"engine", {"bedrock"}}, {"region", {"us-gov-west-1"}}, {"model", {"amazon.nova-lite-v1:0"}}}))
          .environments[0]
          .llm.model,
      "amazon.nova-lite-v1:0");
}

TEST(InitialSettings, TellWhichAnswersSayNothing) {
  const auto idle = [](const InitAnswers& answers) {
    std::vector<std::string> flags;
    for (const Question& one : init_questions())
      if (answers.says_nothing(one)) flags.emplace_back(one.flag);
    return flags;
  };
  EXPECT_THAT(idle(answers_of({{"engine", {"bedrock"}},
                               {"vpc", {"vpc-0123456789abcdef0"}},
                               {"instance-types", {"g6.xlarge"}},
                               {"model-source", {"s3://models/r1"}},
                               {"volume-gb", {"500"}},
                               {"min", {"0"}}})),
              ElementsAre("vpc", "model-source", "instance-types", "volume-gb"));
  EXPECT_THAT(idle(answers_of({{"agent-id", {"AGENT12345"}}, {"region", {"us-east-1"}}, {"max", {"7"}}})),
              ElementsAre("agent-id"));
}

TEST(InitialSettings, TakeWhatThereMayBeBesideTheChat) {
  const ParsedSettings parsed =
      parse_settings(initial_settings(answers_of({{"rest-chat", {"yes"}},
                                                  {"web", {"yes", "production=no"}},
                                                  {"lab", {"no", "dev=yes"}},
                                                  {"backend", {"production=https://b.example.org"}}})));
  ASSERT_FALSE(has_errors(parsed.diagnostics)) << render(parsed.diagnostics);
  const EnvironmentSettings& dev = *parsed.settings.find("dev");
  const EnvironmentSettings& production = *parsed.settings.find("production");
  EXPECT_TRUE(dev.rest_chat && production.rest_chat);
  EXPECT_TRUE(dev.web && !production.web);
  EXPECT_TRUE(dev.lab && !production.lab);
  EXPECT_FALSE(parsed.settings.find("staging")->backend);
  EXPECT_EQ(production.backend->url, "https://b.example.org");
  EXPECT_EQ(production.backend->signing_secret, "chat/backend");
}

TEST(InitialSettings, GiveALabItsNetworkBesideBedrock) {
  const Settings settings = settings_of(answers_of({{"engine", {"bedrock"}}, {"lab", {"yes"}}}));
  EXPECT_TRUE(settings.find("dev")->lab);
  EXPECT_EQ(settings.find("dev")->network.cidr, "10.40.0.0/16");
}

TEST(InitialSettings, TakeABackendOfAllEnvironments) {
  const Settings settings = settings_of(answers_of(
      {{"backend", {"https://b.example.org", "dev=https://d.example.org"}}, {"backend-secret", {"labs/backend"}}}));
  EXPECT_EQ(settings.find("dev")->backend->url, "https://d.example.org");
  EXPECT_EQ(settings.find("production")->backend->url, "https://b.example.org");
  EXPECT_EQ(settings.find("production")->backend->signing_secret, "labs/backend");
}

TEST(InitialSettings, RefuseAnswersOfTheWrongForm) {
  const auto refusal = [](const char* flag, const std::vector<std::string>& words) {
    InitAnswers answers;
    try {
      answers.set(question(flag), words);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_EQ(initial_settings(answers), initial_settings({}));
      return fmt::format("{}|{}", error.what(), error.hint());
    }
    return std::string("accepted");
  };
  EXPECT_EQ(refusal("region", {"moon"}), "expected a region, got 'moon'|");
  EXPECT_EQ(refusal("region", {"prod=us-east-1"}),
            "expected a region, got 'prod=us-east-1'|the environments are dev, staging, production");
  EXPECT_EQ(refusal("hours", {"20-20"}), "expected always, or hours of the day such as 7-20, got '20-20'|");
  EXPECT_EQ(refusal("llm-domain", {"a.example\nevil: yes"}).substr(0, 41), "expected a domain name in lower case, got");
  EXPECT_EQ(refusal("subnets", {"subnet-1,,subnet-2"}), "expected an id, or with ssm the name of a parameter, got ''|");
}

TEST(InitialSettings, LeavePlaceholdersThatAreFound) {
  InitAnswers answers = answers_of({{"domain", {"example.org"}}});
  const auto left = [&] { return unfilled(settings_of(answers).environments.at(0)); };
  EXPECT_THAT(left(), ElementsAre("allowed_origins", "llm.domain", "llm.certificate", "domain.certificate"));
  answers.set(question("egress"), {"endpoints"});
  EXPECT_THAT(left(), Contains("llm.image"));
  answers.set(question("account"), {"210987654321"});
  EXPECT_THAT(left(), Not(Contains("llm.image")));
  answers.set(question("origins"), {"https://app.example.org"});
  answers.set(question("llm-domain"), {"llm.example.org"});
  answers.set(question("llm-certificate"), {kCertificate});
  answers.set(question("domain-certificate"), {kCertificate});
  EXPECT_THAT(left(), IsEmpty());
}

/// What a comment offers must be right when somebody takes the `#` away.
TEST(InitialSettings, OfferKeysThatExist) {
  std::string text = initial_settings({});
  for (const char* offered :
       {"# profile: ", "# stack_name: ", "# log_retention_days: ", "# monthly_budget_usd: ", "# system_prompt: ",
        "# alarm_email: ", "# backend:", "#   url: ", "#   signing_secret: "}) {
    const std::size_t at = text.find(offered);
    ASSERT_NE(at, std::string::npos) << offered;
    text.erase(at, 2);
  }
  EXPECT_EQ(render(parse_settings(text).diagnostics), "");
}

TEST(InitialSettings, ShowAnAnswerAsItCanBeTyped) {
  InitAnswers answers;
  EXPECT_EQ(answers.written(question("region")), "us-east-1");
  EXPECT_EQ(answers.written(question("profile")), "none");
  answers.set(question("region"), {"eu-west-1", "dev=us-east-1"});
  EXPECT_EQ(answers.written(question("region")), "eu-west-1 dev=us-east-1");
}

}  // namespace
}  // namespace wsdeep::stack
