#include "stack/settings/settings.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "support/memory_files.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using wsdeep::testing::MemoryFiles;

constexpr std::string_view kGood = R"(project: chat
environments:
  dev:
    region: us-east-1
llm:
  domain: llm.example.com
  certificate: arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  instance_types: [g5.xlarge]
allowed_origins: [https://app.example.com]
)";

/// The good settings with one piece of text exchanged.
std::string with(std::string_view old_text, std::string_view new_text) {
  std::string text(kGood);
  const std::size_t at = text.find(old_text);
  EXPECT_NE(at, std::string::npos) << old_text;
  return text.replace(at, old_text.size(), new_text);
}

std::string plus(std::string_view more) {
  return std::string(kGood) + std::string(more);
}

std::string in_production(std::string text) {
  return text.replace(text.find("  dev:"), 6, "  production:");
}

std::string told(const std::string& text) {
  return render(parse_settings(text).diagnostics);
}

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

TEST(ParseSettings, TakesFromTheFleetWhatFollowsFromIt) {
  struct Row {
    const char* llm;
    std::int64_t concurrency, drain;
  };
  const Row rows[] = {
      {"", 128, 600},                                   // 2 nodes of 32 slots, and as many calls that wait
      {"\n  max: 1\n  slots: 8\n  queue: 2", 10, 600},  //
      {"\n  engine: vllm\n  max: 40", 800, 600},        // an account has 1000
      {"\n  timeout_seconds: 900", 128, 900},           // an answer has its whole time
      {"\n  drain_seconds: 700", 128, 700},             //
      {"\n  schedule: [{name: a, cron: \"0 1 * * *\", min: 1, desired: 1, max: 3}]", 192, 600},
  };
  for (const Row& row : rows) {
    const std::string text = with("[g5.xlarge]", std::string("[g5.xlarge]") + row.llm);
    const ParsedSettings dev = parse_settings(text);
    ASSERT_FALSE(has_errors(dev.diagnostics)) << render(dev.diagnostics);
    EXPECT_EQ(dev.settings.environments.at(0).limits.generate_concurrency, 0) << "a new account has ten executions";
    EXPECT_EQ(dev.settings.environments.at(0).llm.drain_seconds, row.drain) << row.llm;
    const ParsedSettings production = parse_settings(in_production(text));
    EXPECT_EQ(production.settings.environments.at(0).limits.generate_concurrency, row.concurrency) << row.llm;
  }
  const ParsedSettings none = parse_settings(plus("limits: {generate_concurrency: 0}\n"));
  EXPECT_EQ(none.settings.environments.at(0).limits.generate_concurrency, 0);
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

TEST(ParseSettings, TakesThePackageThatNodesArePinnedTo) {
  const auto pinned = [](const char* text) {
    return parse_settings(with("  model:", fmt::format("  node_package: {}\n  model:", text)));
  };
  for (const char* good : {"s3://images/nodes/node-1.zip", "packages/node-12ab.zip"}) {
    const ParsedSettings parsed = pinned(good);
    EXPECT_EQ(render(parsed.diagnostics), "");
    EXPECT_EQ(parsed.settings.environments.at(0).llm.node_package, good);
  }
  for (const char* bad :
       {"s3://images", "s3://Images/node.zip", "/packages/node.zip", "node.tar", "https://x/node.zip"})
    EXPECT_THAT(render(pinned(bad).diagnostics), HasSubstr("expected where a node's package lies, s3://BUCKET/KEY"))
        << bad;
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

TEST(SettingsDiagnostics, PointAtAMisspeltRegion) {
  EXPECT_EQ(told(with("region: us-east-1", "region: us-eats-1")),
            "wsdeep.yaml:4:13: expected a region, got 'us-eats-1', did you mean 'us-east-1'?\n"
            "      region: us-eats-1\n"
            "              ^\n");
}

TEST(SettingsDiagnostics, SuggestTheKeyThatWasMeant) {
  EXPECT_EQ(told(with("  model:", "  modle:")),
            "wsdeep.yaml:3:3: 'llm.model' is missing for environment 'dev': the model that the nodes serve\n"
            "    dev:\n"
            "    ^\n"
            "wsdeep.yaml:8:3: unknown key 'modle' in 'llm', did you mean 'model'?\n"
            "    modle: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B\n"
            "    ^\n"
            "  known here: domain, certificate, model, model_source, engine, agent_id, agent_alias, guardrail, "
            "guardrail_version, image, instance_types, gpus, capacity, "
            "system_prompt, weights_gb, on_demand_base, min, desired, max, start_minutes, volume_gb, context_tokens, "
            "slots, queue, target_load, first_text_seconds, timeout_seconds, sticky_seconds, drain_seconds, "
            "replacements_per_hour, ami, node_package, "
            "model_snapshot, instance_store, warm_pool, capacity_reservation, capacity_block, schedule\n");
}

TEST(SettingsDiagnostics, TellEveryProblemAtOnce) {
  const std::string text = told(plus("limits: {burst: many}\nrooms: \"true\"\nlog_retention_days: 31\ncolour: red\n"));
  EXPECT_THAT(text, HasSubstr("11:17: expected a whole number from 1 to 5000, got 'many'"));
  EXPECT_THAT(text, HasSubstr("12:8: expected true or false, got 'true'"));
  EXPECT_THAT(text, HasSubstr("CloudWatch Logs cannot keep logs for 31 days"));
  EXPECT_THAT(text, HasSubstr("next longer retention that it takes is 60 days"));
  EXPECT_THAT(text, HasSubstr("14:1: unknown key 'colour'"));
}

/// `dev` and `two` in existing networks.
std::string of_two(const char* vpc, const char* other, const char* more = "") {
  const auto network = [](const char* id) {
    return fmt::format(
        "    region: us-east-1\n    network:\n      mode: existing\n      vpc: {}\n"
        "      subnets: [subnet-01234567, subnet-76543210]\n",
        id);
  };
  return with("    region: us-east-1\n", "\n" + network(vpc) + "\n  two:\n" + network(other) + more);
}

struct Wrong {
  std::string text;
  std::string message;
};

TEST(SettingsDiagnostics, KnowWhatCannotWorkTogether) {
  const Wrong cases[] = {
      {with("acm:us-east-1", "acm:us-west-2"), "7:16: the certificate is in us-west-2, environment 'dev' in us-east-1"},
      {with("[g5.xlarge]", "[g5.xlarge, g5.xlarg]"),
       "'g5.xlarg' is no GPU instance type that wsdeep knows, did you mean"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]"), "of another one say what it has: llm.gpus: {count: 8, gb: 180}"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]\n  gpus: {count: 8, gb: 180}"),
       "9:20: warning: 'p6-b200.48xlarge' is no GPU instance type that wsdeep knows"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]\n  gpus: {count: 8, gb: 180}"),
       "it is taken for one with 8 x 180 GB, as llm.gpus says"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]\n  gpus: {count: 1, gb: 12}"),
       "needs 20 GB of GPU memory, p6-b200.48xlarge has 12 GB (1 x 12 GB)"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]\n  gpus: {count: 5, gb: 80}"), "cannot share the 28 attention heads"},
      {with("[g5.xlarge]", "[p6-b200.48xlarge]\n  gpus: {count: 8}"), "'gb' of 'llm.gpus' is missing"},
      {with("Qwen-7B", "Qwen-32B"), "needs 84 GB of GPU memory, g5.xlarge has 24 GB (1 x 24 GB)"},
      {with("Qwen-7B", "Qwen-32B"), "the smallest instance type that holds it is g6.12xlarge"},
      {with("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "deepseek-r1:7b"),
       "is a name of Ollama's library, and the engine is vllm"},
      {with("Qwen-7B", "Qwen-7b"), "unknown model 'deepseek-ai/DeepSeek-R1-Distill-Qwen-7b', did you mean"},
      {plus("network: {mode: existing, vpc: vpc-01234567, subnets: [subnet-01234567]}\n"),
       "11:55: 1 subnet, but the load balancer needs two"},
      {plus("network: {mode: existing, vpc: vpc-01234567}\n"),
       "'subnets' of 'network' is missing: two private subnets or more"},
      {plus("network: {mode: new, vpc: vpc-01234567}\n"), "unknown key 'vpc' in 'network'"},
      {plus("network: {mode: existing, vpc: vpc-01234567, subnets: [subnet-01234567, subnet-01234567]}\n"),
       "'subnet-01234567' is listed twice"},
      {plus("network: {mode: ssm, vpc: /a, subnets: [/b], security_groups: {nodes: /c}}\n"),
       "'generate' of 'network.security_groups' is missing: give all three, or none"},
      {plus("network: {egress: endpoints, nat_per_zone: true}\n"), "there is no NAT gateway with egress: endpoints"},
      {plus("network: {zones: [us-east-1b, us-east-1f]}\n"), ""},
      {plus("network: {zones: [us-east-1b]}\n"), "expected two zones, got 1"},
      {plus("network: {zones: [us-east-1b, us-east-1b]}\n"), "'us-east-1b' is listed twice"},
      {plus("network: {zones: [us-east-1b, us-west-2c]}\n"), "zone us-west-2c is not in us-east-1"},
      {plus("network: {zones: [us-east-1b, us-east-1]}\n"), "expected a zone, such as us-east-1a"},
      {plus("network: {egress: endpoints}\n"), "the nodes cannot reach the model's registry"},
      {plus("network: {egress: endpoints}\n"), "can pull images from Amazon ECR only"},
      {plus("network: {cidr: 10.0.0.1/16}\n"), "expected a private network from /16 to /24 without host bits"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  min: 3\n  max: 2"), "10:8: min 3 is more than max 2"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: \"3\""), "write 3, without quotes"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 010"), "expected a whole number from 0 to 1000, got '010'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 010"), "write 10, without the 0"},
      {plus("auth: {self_sign_up: \"true\"}\n"), "write true, without quotes"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  desired: 9"), "desired 9 is not between min 1 and max 2"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  on_demand_base: 1"), "for capacity: spot only"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 123\n  weights_gb: 18"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 130\n  weights_gb: 21"), "needs 27 GB of GPU memory"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 122\n  weights_gb: 18"), "a disk of 122 GB does not hold"},
      {with("[g5.xlarge]", "[g6.48xlarge]\n  volume_gb: 200\n  weights_gb: 100"), "at least 205 GB"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 60"), "volume_gb"},
      {with("[g5.xlarge]", "[g5.12xlarge]\n  context_tokens: 131072"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  context_tokens: 131073"), "reads 131072 tokens at most"},
      {with("[g5.xlarge]", "[g5.12xlarge, g5.48xlarge]"), "cannot share the 28 attention heads"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a, cron: \"0 1 * * *\", min: 2, desired: 1, max: 1}]"),
       "min 2 is more than max 1"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a, cron: \"0 1 *\", min: 1, desired: 1, max: 1}]"),
       "expected five cron fields"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a, cron: \"0 24 * * *\", min: 1, desired: 1, max: 1}]"),
       "10:30: expected five cron fields, such as \"0 20 * * MON-FRI\", got '0 24 * * *'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a, cron: \"0 24 * * *\", min: 1, desired: 1, max: 1}]"),
       "'24' is no hour: 0 to 23"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a, cron: \"0 2 * * *\", time_zone: CEST, min: 1}]"),
       "expected an IANA time zone such as UTC or Europe/Berlin, got 'CEST'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  schedule: [{name: a}]"), "'cron' of 'llm.schedule.0' is missing"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  requests_per_node: 60"),
       "10:3: 'llm.requests_per_node' is no setting any more: the fleet scales on the load of its nodes now"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  requests_per_node: 60"), "set llm.target_load instead"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: 0.85"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: 1.5"), "10:16: expected a number from 0.1 to 1, got '1.5'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: \"0.8\""), "write 0.8, without quotes"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: 8e-1"), "expected a number from 0.1 to 1, got '8e-1'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: .nan"), "expected a number from 0.1 to 1, got '.nan'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  target_load: [1]"), "expected a number from 0.1 to 1, got a list"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  drain_seconds: 3501"), "expected a whole number from 1 to 3500, got '3501'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  drain_seconds: 600"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  timeout_seconds: 60\n  drain_seconds: 60"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  drain_seconds: 300"),
       "10:18: warning: drain_seconds 300 is less than timeout_seconds 600: a node that goes cuts answers that need "
       "longer than 300 s, and they begin anew at another node"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  drain_seconds: 300"),
       "leave drain_seconds out to give each answer its whole 600 s, or make timeout_seconds shorter"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  drain_seconds: 59"),
       "10:18: warning: drain_seconds 59 is less than first_text_seconds 60: a node that goes ends answers"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity: spot\n  max: 1"),
       "10:13: warning: the only node is a Spot instance: EC2 takes it back at two minutes' notice"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity: spot\n  max: 1\n  on_demand_base: 1"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity: spot\n  max: 2"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  replacements_per_hour: 61"),
       "expected a whole number from 0 to 60, got '61'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  min: 0"),
       "10:8: warning: min 0 lets the fleet go to sleep: the first question after that starts a node and waits for it, "
       "about 10 minutes; longer than timeout_seconds 600 it does not wait"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  min: 0\n  start_minutes: 7"), ""},
      {with("[g5.xlarge]",
            "[g5.xlarge]\n  schedule: [{name: night, cron: \"0 22 * * *\", min: 0, desired: 0, max: 1}]"),
       "warning: min 0 lets the fleet go to sleep"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  start_minutes: 0"), "expected a whole number from 1 to 120, got '0'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  ami: ami-0123456789abcdef0"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  ami: /images/node"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  ami: debian-12"), "expected an AMI's id, such as ami-0123456789abcdef0"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  model_snapshot: snap-0123456789abcdef0\n  volume_gb: 105"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  model_snapshot: vol-0123456789abcdef0"),
       "expected the id of an EBS snapshot"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  model_snapshot: snap-01234567\n  model_source: s3://models/r1"),
       "10:19: the model comes from llm.model_source already"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  model_snapshot: snap-01234567\n  instance_store: true"),
       "11:19: the model is on the volume of llm.model_snapshot already"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {nodes: 2}"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {state: running}"), "'nodes' of 'llm.warm_pool' is missing"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {state: hibernated, nodes: 1}"),
       "10:22: EC2 hibernates no instance type with a GPU"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {state: stoped, nodes: 1}"), "did you mean 'stopped'?"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {nodes: 1}\n  capacity: spot"),
       "10:14: a warm pool takes no Spot instances, and llm.capacity is spot"},
      {with("[g5.xlarge]", "[g5.xlarge, g6.xlarge]\n  warm_pool: {nodes: 1}"),
       "a warm pool is for one instance type, and llm.instance_types has 2"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {nodes: 1}\n  instance_store: true"),
       "11:19: an instance that stops loses its own disks: llm.warm_pool would keep nothing warm"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  warm_pool: {state: running, nodes: 1}\n  instance_store: true"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity_reservation: cr-0123456789abcdef0"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity_reservation: mine"), "expected the id of a capacity reservation"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity_reservation: cr-01234567\n  capacity: spot"),
       "a capacity reservation takes no Spot instances"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  capacity_block: true"), "a Capacity Block is known by its reservation"},
      {with("[g5.xlarge]",
            "[g5.xlarge]\n  capacity_block: true\n  capacity_reservation: cr-01234567\n  warm_pool: {nodes: 1}"),
       "the instances of a Capacity Block cannot wait in a pool"},
      {plus("network: {egress: endpoints}\n") + "# a model of one's own\n", "or to a disk and set llm.model_snapshot"},
      {plus("auth: {user_pool: us-east-1_abc}\n"), "needs client_ids"},
      {plus("auth: {user_pool: us-west-2_abc, client_ids: [x]}\n"), "the user pool is not in us-east-1"},
      {plus("auth: {client_ids: [x]}\n"), "a new user pool has no app client yet"},
      {plus("auth: {google: {client_id: 12-abc.apps.googleusercontent.com, client_secret: chat/google}}\n"),
       "needs the hosted UI"},
      {plus("auth: {hosted_ui_prefix: chat}\n"), "needs auth.callback_urls"},
      {plus("monthly_budget_usd: 10\n"), "a budget without alarm_email tells nobody"},
      {with("    region: us-east-1\n", "    profile: x\n"), "'region' is missing"},
      {with("    region: us-east-1\n", "    region: us-east-1\n    domain: {name: llm.example.com}\n"),
       "is also llm.domain"},
      {with("    region: us-east-1\n", "    region: us-east-1\n    domain: {name: a.b}\n"),
       "'certificate' of 'domain' is missing"},
      {with("    region: us-east-1\n", "    region: us-east-1\n  two: {region: us-east-1, stack_name: chat-dev}\n"),
       "environment 'two' is the same stack as another one"},
      {with("    region: us-east-1\n", "    region: us-east-1\n  dev-fleet: {region: us-east-1}\n"),
       "environment 'dev-fleet' is the same stack as another one: 'chat-dev-fleet' in us-east-1"},
      {with("    region: us-east-1\n", "    region: us-east-1\n  two: {region: us-east-1}\n") +
           "auth: {hosted_ui_prefix: chat, callback_urls: [https://a.example.com/]}\n",
       "environments 'dev' and 'two' have the same auth.hosted_ui_prefix 'chat' in us-east-1"},
      {of_two("vpc-01234567", "vpc-01234567"),
       "11:3: environments 'dev' and 'two' are in the same VPC vpc-01234567 and have the same llm.domain "
       "'llm.example.com': a VPC has one private zone of a name"},
      {of_two("vpc-01234567", "vpc-01234567"),
       "give 'two' a name of its own, with a certificate for it: llm: {domain: two.llm.example.com}"},
      {of_two("vpc-01234567", "vpc-76543210"), ""},
      {of_two("vpc-01234567", "vpc-01234567", "    llm: {domain: two.example.com}\n"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 30"), ""},
      {in_production(with("[g5.xlarge]", "[g5.xlarge]\n  max: 30")),
       "3:3: warning: the fleet of environment 'production' runs 960 answers at a time, and generate 800 of them by "
       "default"},
      {in_production(with("[g5.xlarge]", "[g5.xlarge]\n  max: 30")) + "limits: {generate_concurrency: 960}\n", ""},
      {with("[https://app.example.com]", "[\"https://*.example.com\"]"), "expected an origin as browsers send it"},
      {with("allowed_origins: [https://app.example.com]\n", ""), "'allowed_origins' is missing for environment 'dev'"},
      {with("project: chat\n", ""), "'project' is missing"},
      {with("project: chat\n", "project:\n"), "1:1: 'project' has no value"},
      {with("llm:\n", "llm: {}\nllm2:\n"), "unknown key 'llm2', did you mean 'llm'?"},
      {"[]\n", "expected a map of settings"},
      {"project: chat\n", "'environments' is missing"},
      {"project: chat\nenvironments: {}\n", "expected a map of 1 to 20 environments"},
      {"project: chat\nenvironments: {dev: 5}\n", "expected a map of settings for environment 'dev'"},
  };
  for (const Wrong& wrong : cases) {
    if (wrong.message.empty())
      EXPECT_EQ(told(wrong.text), "");
    else
      EXPECT_THAT(told(wrong.text), HasSubstr(wrong.message)) << wrong.text;
  }
}

TEST(SettingsDiagnostics, TellAnInheritedProblemOnce) {
  const std::string text =
      told(with("    region: us-east-1\n", "    region: us-east-1\n  staging:\n    region: us-east-1\n") +
           "network: {egress: endpoints, nat_per_zone: true}\n");
  const std::size_t first = text.find("there is no NAT gateway");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("there is no NAT gateway", first + 1), std::string::npos);
}

TEST(SettingsDiagnostics, NeverRepeatASecret) {
  const std::string key = told(plus("auth:\n  client_secret: hunter2\n"));
  EXPECT_THAT(key, HasSubstr("unknown key 'client_secret'"));
  EXPECT_THAT(key, HasSubstr("secrets do not belong in this file"));
  EXPECT_THAT(key, Not(HasSubstr("hunter2")));
  const std::string value =
      told(plus("auth:\n  google: {client_id: 12-abc.apps.googleusercontent.com, client_secret: GOCSPX-hunter2}\n"));
  EXPECT_THAT(value, HasSubstr("this is the secret itself"));
  EXPECT_THAT(value, Not(HasSubstr("hunter2")));
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
