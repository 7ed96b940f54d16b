#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/good_settings.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(SettingsDiagnostics, NameASettingOnceThatIsALineOrAMap) {
  const std::string text = told(plus("rest_chat: true\nweb: true\nlab: true\ncolour: red\n"));
  EXPECT_THAT(text, HasSubstr("known here: project, auth, network, llm, limits, functions, lab, protection, backend, "
                              "rest_chat, prices, rooms, web, allowed_origins, "));
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

TEST(SettingsDiagnostics, KnowWhatEnvironmentsCannotShare) {
  expect_told({
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
  });
}

TEST(SettingsDiagnostics, KnowWhatTheServiceCannotDoWithout) {
  expect_told({
      {plus("monthly_budget_usd: 10\n"), "a budget without alarm_email tells nobody"},
      {with("    region: us-east-1\n", "    profile: x\n"), "'region' is missing"},
      {with("    region: us-east-1\n", "    region: us-east-1\n    domain: {name: llm.example.com}\n"),
       "is also llm.domain"},
      {with("    region: us-east-1\n", "    region: us-east-1\n    domain: {name: a.b}\n"),
       "'certificate' of 'domain' is missing"},
      {with("[https://app.example.com]", "[\"https://*.example.com\"]"), "expected an origin as browsers send it"},
      {with("allowed_origins: [https://app.example.com]\n", ""), "'allowed_origins' is missing for environment 'dev'"},
      {with("project: chat\n", ""), "'project' is missing"},
      {with("project: chat\n", "project:\n"), "1:1: 'project' has no value"},
      {with("llm:\n", "llm: {}\nllm2:\n"), "unknown key 'llm2', did you mean 'llm'?"},
      {"[]\n", "expected a map of settings"},
      {"project: chat\n", "'environments' is missing"},
      {"project: chat\nenvironments: {}\n", "expected a map of 1 to 20 environments"},
      {"project: chat\nenvironments: {dev: 5}\n", "expected a map of settings for environment 'dev'"},
  });
}

TEST(SettingsDiagnostics, KnowWhatANetworkNeeds) {
  expect_told({
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
      {plus("network: {egress: endpoints}\n") + "# a model of one's own\n", "or to a disk and set llm.model_snapshot"},
  });
}

TEST(SettingsDiagnostics, KnowWhatSigningInNeeds) {
  expect_told({
      {plus("auth: {self_sign_up: \"true\"}\n"), "write true, without quotes"},
      {plus("auth: {user_pool: us-east-1_abc}\n"), "needs client_ids"},
      {plus("auth: {user_pool: us-west-2_abc, client_ids: [x]}\n"), "the user pool is not in us-east-1"},
      {plus("auth: {client_ids: [x]}\n"), "a new user pool has no app client yet"},
      {plus("auth: {google: {client_id: 12-abc.apps.googleusercontent.com, client_secret: chat/google}}\n"),
       "needs the hosted UI"},
      {plus("auth: {hosted_ui_prefix: chat}\n"), "needs auth.callback_urls"},
  });
}

}  // namespace
}  // namespace wsdeep::stack
