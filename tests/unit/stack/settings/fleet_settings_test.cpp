#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/good_settings.h"

namespace wsdeep::stack {
namespace {

using ::testing::HasSubstr;

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

TEST(SettingsDiagnostics, KnowWhatAnInstanceHolds) {
  expect_told({
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
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 123\n  weights_gb: 18"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 130\n  weights_gb: 21"), "needs 27 GB of GPU memory"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 122\n  weights_gb: 18"), "a disk of 122 GB does not hold"},
      {with("[g5.xlarge]", "[g6.48xlarge]\n  volume_gb: 200\n  weights_gb: 100"), "at least 205 GB"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  volume_gb: 60"), "volume_gb"},
      {with("[g5.xlarge]", "[g5.12xlarge]\n  context_tokens: 131072"), ""},
      {with("[g5.xlarge]", "[g5.xlarge]\n  context_tokens: 131073"), "reads 131072 tokens at most"},
      {with("[g5.xlarge]", "[g5.12xlarge, g5.48xlarge]"), "cannot share the 28 attention heads"},
  });
}

TEST(SettingsDiagnostics, KnowWhatAFleetIsMadeFor) {
  expect_told({
      {with("[g5.xlarge]", "[g5.xlarge]\n  min: 3\n  max: 2"), "10:8: min 3 is more than max 2"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: \"3\""), "write 3, without quotes"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 010"), "expected a whole number from 0 to 1000, got '010'"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 010"), "write 10, without the 0"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  desired: 9"), "desired 9 is not between min 1 and max 2"},
      {with("[g5.xlarge]", "[g5.xlarge]\n  on_demand_base: 1"), "for capacity: spot only"},
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
      {with("[g5.xlarge]", "[g5.xlarge]\n  max: 30"), ""},
      {in_production(with("[g5.xlarge]", "[g5.xlarge]\n  max: 30")),
       "3:3: warning: the fleet of environment 'production' runs 960 answers at a time, and generate 800 of them by "
       "default"},
      {in_production(with("[g5.xlarge]", "[g5.xlarge]\n  max: 30")) + "limits: {generate_concurrency: 960}\n", ""},
  });
}

TEST(SettingsDiagnostics, KnowWhatNodesStartFrom) {
  expect_told({
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
  });
}

}  // namespace
}  // namespace wsdeep::stack
