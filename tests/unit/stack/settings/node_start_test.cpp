#include "stack/settings/node_start.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

LlmSettings llm_of(std::int64_t weights_gb, const char* source = "", const char* snapshot = "") {
  LlmSettings llm;
  llm.weights_gb = weights_gb;
  llm.model_source = source;
  llm.model_snapshot = snapshot;
  return llm;
}

TEST(NodeStart, TakesLongerForMoreWeightsAndByASlowerWay) {
  EXPECT_EQ(start_minutes(llm_of(0)), 0);
  EXPECT_EQ(start_minutes(llm_of(15)), 13);
  EXPECT_EQ(start_minutes(llm_of(150)), 40);
  EXPECT_EQ(start_minutes(llm_of(150, "s3://b/p")), 20);
  EXPECT_EQ(start_minutes(llm_of(700, "s3://b/p")), 57);
  EXPECT_EQ(start_minutes(llm_of(450, "", "snap-1")), 60);
  LlmSettings known;
  known.model = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B";
  EXPECT_EQ(start_minutes(known), 13);
}

TEST(NodeStart, AnUpdateReplacesNodesOnlyWhereAnHourIsEnough) {
  EXPECT_TRUE(updates_roll(llm_of(0)));
  EXPECT_TRUE(updates_roll(llm_of(150)));
  EXPECT_FALSE(updates_roll(llm_of(412)));
  EXPECT_TRUE(updates_roll(llm_of(412, "s3://b/p")));
  EXPECT_FALSE(updates_roll(llm_of(700, "s3://b/p")));
  LlmSettings local = llm_of(15);
  local.instance_store = true;
  EXPECT_FALSE(updates_roll(local)) << "each node fills its own disks";
  LlmSettings pool = llm_of(15);
  pool.warm_pool.emplace();
  EXPECT_FALSE(updates_roll(pool));
}

}  // namespace
}  // namespace wsdeep::stack
