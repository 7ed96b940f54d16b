#include "stack/settings/settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/good_settings.h"
#include "support/memory_files.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using wsdeep::testing::MemoryFiles;

TEST(ParseSettings, TakesDefaultsForWhatIsNotWritten) {
  const ParsedSettings parsed = parse_settings(kGood);
  ASSERT_EQ(render(parsed.diagnostics), "");
  const EnvironmentSettings& dev = parsed.settings.environments.at(0);
  EXPECT_EQ(dev.stack_name, "chat-dev");
  EXPECT_EQ(dev.log_retention_days, 30);
  EXPECT_TRUE(dev.auth.makes_pool());
  EXPECT_EQ(dev.network.mode, NetworkMode::kNew);
  EXPECT_EQ(dev.llm.max, 2);
}

TEST(ParseSettings, ReadsTheProtectionAndOverridesItKeyByKey) {
  const ParsedSettings parsed =
      parse_settings(with("  dev:\n    region: us-east-1\n",
                          "  dev:\n    region: us-east-1\n    protection: {termination: false}\n"
                          "  production:\n    region: us-east-1\n") +
                     "protection: {policy: deny-replace-of-data}\n");
  ASSERT_EQ(render(parsed.diagnostics), "");
  const ProtectionSettings& dev = parsed.settings.environments.at(0).protection;
  EXPECT_EQ(dev.termination, std::optional(false));
  EXPECT_EQ(dev.policy, "deny-replace-of-data");
  EXPECT_EQ(parsed.settings.environments.at(1).protection.termination, std::nullopt);
}

TEST(SettingsDiagnostics, SayWhatProtectsAStack) {
  EXPECT_EQ(told(plus("protection: {termination: sometimes}\n")),
            "wsdeep.yaml:11:27: expected true or false, got 'sometimes'\n"
            "  protection: {termination: sometimes}\n"
            "                            ^\n");
  EXPECT_EQ(
      told(plus("protection: {policy: deny-replace}\n")),
      "wsdeep.yaml:11:22: expected deny-replace-of-data, allow-all, or a JSON file that holds a stack policy, got "
      "'deny-replace'\n"
      "  protection: {policy: deny-replace}\n"
      "                       ^\n");
}

TEST(ParseSettings, TakesPricesWithTheirDay) {
  const ParsedSettings parsed =
      parse_settings(plus("prices:\n"
                          "  region: eu-west-1\n"
                          "  as_of: 2026-10-01\n"
                          "  million_messages: 1.14\n"
                          "  instance_hours: {g6e.xlarge: 2.2, g5.xlarge: 1.123}\n"));
  ASSERT_EQ(render(parsed.diagnostics), "");
  aws::UnitPrices expected;
  expected.region = "eu-west-1";
  expected.as_of = "2026-10-01";
  expected.million_messages = 1.14;
  expected.instance_hours = {{"g6e.xlarge", 2.2}, {"g5.xlarge", 1.123}};
  EXPECT_EQ(parsed.settings.environments.at(0).prices, expected);
}

TEST(SettingsDiagnostics, RefusePricesThatAreNone) {
  const std::pair<const char*, const char*> cases[] = {
      {"prices: {million_messages: 1}", "'as_of' of 'prices' is missing: the day on which they were looked up"},
      {"prices: {as_of: 2026-11-29, million_messages: -1}", "expected a number from 0 to 1000, got '-1'"},
      {"prices: {as_of: 2026-11-29, messages: 1}", "unknown key 'messages' in 'prices'"},
      {"prices: {as_of: 2026-13-01}", "expected a day, such as 2026-11-29, got '2026-13-01'"},
      {"prices: {as_of: 2026-11-29, instance_hours: {g5.xlarge: -1}}", "expected dollars an hour, such as 1.861"},
      {"prices: {as_of: 2026-11-29, instance_hours: {g5.xlarge: 1e3}}", "expected dollars an hour, such as 1.861"},
      {"prices: {as_of: 2026-11-29, instance_hours: {g5: 1}}", "expected an instance type, such as g5.xlarge"},
  };
  for (const auto& [text, words] : cases) EXPECT_THAT(told(plus(std::string(text) + "\n")), HasSubstr(words)) << text;
}

TEST(ParseSettings, TakesAnAccountAsItIsWritten) {
  const auto parsed = [](const char* account) {
    return parse_settings(
        with("    region: us-east-1\n", fmt::format("    region: us-east-1\n    account: {}\n", account)));
  };
  EXPECT_EQ(parsed("012345678901").settings.environments.at(0).account, "012345678901");
  EXPECT_EQ(parsed("\"012345678901\"").settings.environments.at(0).account, "012345678901");
  for (const char* none : {"12345678901", "1234567890123", "1234-5678-9012", "production"})
    EXPECT_THAT(render(parsed(none).diagnostics), HasSubstr("5:14: expected an AWS account's id, twelve digits, got"));
}

std::string canary_of(const std::string& text, const char* environment = "dev") {
  const ParsedSettings parsed = parse_settings(text);
  EXPECT_EQ(render(parsed.diagnostics), "");
  const auto& canary = parsed.settings.find(environment)->functions.canary;
  return canary ? fmt::format("{}% for {} min", canary->percent, canary->minutes) : "none";
}

TEST(ParseSettings, GivesProductionACanaryUnlessItIsSaid) {
  const auto named = [](const char* name, const char* more = "") {
    return canary_of(with("  dev:\n", fmt::format("  {}:\n", name)) + more, name);
  };
  EXPECT_EQ(named("dev"), "none");
  EXPECT_EQ(named("production"), "10% for 10 min");
  EXPECT_EQ(named("eu-prod"), "10% for 10 min");
  EXPECT_EQ(named("production", "functions: {canary: none}\n"), "none");
  EXPECT_EQ(named("production", "functions: {canary: {percent: 25}}\n"), "25% for 10 min");
  EXPECT_EQ(named("dev", "functions: {canary: {minutes: 5}}\n"), "10% for 5 min");
}

TEST(ParseSettings, LetsAnEnvironmentTakeItsCanaryBack) {
  EXPECT_EQ(canary_of(with("    region: us-east-1\n",
                           "    region: us-east-1\n"
                           "    functions: {canary: none}\n") +
                      "functions: {canary: {percent: 20, minutes: 15}}\n"),
            "none");
}

TEST(SettingsDiagnostics, RefuseACanaryThatNoAlarmCouldStop) {
  const std::pair<const char*, const char*> cases[] = {
      {"{percent: 10, minutes: 4}", "expected a whole number from 5 to 720"},
      {"{percent: 0}", "expected a whole number from 1 to 99"},
      {"{percent: 100}", "expected a whole number from 1 to 99"},
      {"{part: 10}", "unknown key 'part' in 'functions.canary'"},
      {"off", "expected none, or such as {percent: 10, minutes: 10}, got 'off'"},
      {"[10, 10]", "expected none, or such as {percent: 10, minutes: 10}"},
  };
  for (const auto& [text, words] : cases)
    EXPECT_THAT(told(plus(fmt::format("functions: {{canary: {}}}\n", text))), HasSubstr(words)) << text;
}

TEST(ParseSettings, LetsAnEnvironmentOverrideKeyByKey) {
  const ParsedSettings parsed = parse_settings(with("    region: us-east-1\n",
                                                    "    region: us-east-1\n"
                                                    "    llm: {max: 5, desired: 3}\n"
                                                    "    log_retention_days: 90\n"
                                                    "  staging: {region: us-east-1, stack_name: other}\n"));
  ASSERT_EQ(render(parsed.diagnostics), "");
  const EnvironmentSettings& dev = *parsed.settings.find("dev");
  EXPECT_EQ(dev.llm.max, 5);
  EXPECT_EQ(dev.llm.domain, "llm.example.com");
  EXPECT_EQ(dev.log_retention_days, 90);
  const EnvironmentSettings& staging = *parsed.settings.find("staging");
  EXPECT_EQ(staging.llm.max, 2);
  EXPECT_EQ(staging.stack_name, "other");
  EXPECT_EQ(parsed.settings.find("production"), nullptr);
}

TEST(ParseSettings, ReplacesTheNetworkAsAWhole) {
  const std::string text = with("    region: us-east-1\n",
                                "    region: us-east-1\n"
                                "    network: {mode: ssm, vpc: /n/vpc, subnets: [/n/subnets]}\n") +
                           "network: {cidr: 10.0.0.0/16, nat_per_zone: true}\n";
  const ParsedSettings parsed = parse_settings(text);
  ASSERT_EQ(render(parsed.diagnostics), "");
  EXPECT_EQ(parsed.settings.environments[0].network.mode, NetworkMode::kSsm);
  EXPECT_FALSE(parsed.settings.environments[0].network.nat_per_zone);
}

MemoryFiles file_with(std::string content) {
  MemoryFiles files;
  files.contents["w.yaml"] = std::move(content);
  return files;
}

TEST(LoadSettings, TellsAMissingFileFromABrokenOne) {
  std::vector<Diagnostic> warnings;
  EXPECT_EQ(load_settings(file_with(std::string(kGood)), "w.yaml", warnings).project, "chat");
  try {
    load_settings(MemoryFiles(), "w.yaml", warnings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kNotFound);
    EXPECT_THAT(error.hint(), HasSubstr("wsdeep init"));
  }
  try {
    load_settings(file_with("project: ["), "w.yaml", warnings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("w.yaml:1:"));
  }
}

TEST(ChooseEnvironment, TakesTheOnlyOneAndSuggestsForATypo) {
  const Settings one = parse_settings(kGood).settings;
  EXPECT_EQ(choose_environment(one, "").name, "dev");
  EXPECT_EQ(choose_environment(one, "dev").name, "dev");
  try {
    choose_environment(one, "dve");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no environment 'dve', did you mean 'dev'?");
  }
  Settings two = one;
  two.environments.push_back(two.environments[0]);
  EXPECT_THROW(choose_environment(two, ""), Error);
}

}  // namespace
}  // namespace wsdeep::stack
