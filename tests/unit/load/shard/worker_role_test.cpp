#include "load/shard/worker_role.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;
using Variables = std::map<std::string, std::string, std::less<>>;

WorkersRun some_workers_run() {
  WorkersRun run{.workers = 8, .run = "5f0c3a9b12d47e60", .start = from_epoch_ms(1'796'000'000'123)};
  run.plan.rate = "20/s";
  run.plan.burstiness = 0.5;
  run.plan.requests = 1000;
  run.plan.seed = std::numeric_limits<std::uint64_t>::max();
  run.plan.prompts = "a \"file\"";
  run.plan.same_prompts = true;
  run.measure = {.warm_up = "5s", .levels = {"ttft_p99<1s", "good_share>99%"}, .abort_rules = {"error_share>20%"}};
  run.side = 1;
  return run;
}

TEST(WorkerRole, IsWhatTheEnvironmentWasMadeOf) {
  const WorkersRun run = some_workers_run();
  const auto role = worker_role(Env(worker_environment(run, 3, "s3://bucket/run/3")));
  ASSERT_TRUE(role);
  EXPECT_EQ(role->share, (WorkerShare{3, 8}));
  EXPECT_EQ(role->run, run.run);
  EXPECT_EQ(role->start, run.start);
  EXPECT_EQ(role->measure, run.measure);
  EXPECT_EQ(role->side, 1);
  EXPECT_EQ(role->shard, "s3://bucket/run/3");
  // All words of the plan, and none more.
  WorkersRun again = run;
  again.plan = role->plan;
  EXPECT_EQ(worker_environment(again, 3, "s3://bucket/run/3"), worker_environment(run, 3, "s3://bucket/run/3"));
  EXPECT_EQ(role->plan.seed, run.plan.seed);
  EXPECT_EQ(role->plan.duration, std::nullopt);
}

/// Who adds a word adds it to worker_role.cpp, and says the new size here.
TEST(WorkerRole, KnowsAllWordsOfAPlan) {
  EXPECT_EQ(sizeof(PlanOptions), 656u);
}

TEST(WorkerRole, IsNoneWithoutItsVariables) {
  EXPECT_FALSE(worker_role(Env(Variables{})));
}

TEST(WorkerRole, NamesTheVariableThatIsWrong) {
  struct Case {
    std::string variable, value, fault;
  };
  const Case cases[] = {
      {"WSDEEP_LOADTEST_WORKER", "8/8", "WSDEEP_LOADTEST_WORKER: expected such as 3/8, got '8/8'"},
      {"WSDEEP_LOADTEST_WORKER", "3", "WSDEEP_LOADTEST_WORKER: expected such as 3/8, got '3'"},
      {"WSDEEP_LOADTEST_WORKER", "0/0", "WSDEEP_LOADTEST_WORKER: expected such as 3/8, got '0/0'"},
      {"WSDEEP_LOADTEST_START", "soon", "WSDEEP_LOADTEST_START: not an ISO 8601 time"},
      {"WSDEEP_LOADTEST_START", "", "WSDEEP_LOADTEST_START"},
      {"WSDEEP_LOADTEST_SALT", "5f0c", "WSDEEP_LOADTEST_SALT: expected 16 hexadecimal digits"},
      {"WSDEEP_LOADTEST_PLAN", "[", "WSDEEP_LOADTEST_PLAN: the plan: not JSON"},
      {"WSDEEP_LOADTEST_PLAN", R"({"seed":"x","same-prompts":false})", "WSDEEP_LOADTEST_PLAN: seed: expected digits"},
      {"WSDEEP_LOADTEST_MEASURE", "{}", "WSDEEP_LOADTEST_MEASURE: warm-up"},
      {"WSDEEP_LOADTEST_SIDE", "C", "WSDEEP_LOADTEST_SIDE: expected A or B, got 'C'"},
      {"WSDEEP_LOADTEST_SHARD", "", "WSDEEP_LOADTEST_SHARD"},
  };
  for (const Case& each : cases) {
    Variables variables = worker_environment(some_workers_run(), 3, "3.shard");
    variables[each.variable] = each.value;
    try {
      worker_role(Env(variables));
      ADD_FAILURE() << each.variable << " was taken: " << each.value;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      EXPECT_THAT(error.what(), HasSubstr(each.fault));
    }
  }
}

}  // namespace
}  // namespace wsdeep::load
