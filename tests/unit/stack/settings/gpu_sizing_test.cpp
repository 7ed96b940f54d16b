#include "stack/settings/gpu_sizing.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

std::string smallest(std::string_view model) {
  return smallest_instance_for(find_model(model).value().weights_gb).value_or("none");
}

TEST(GpuSizing, FindsTheSmallestInstanceForEachSizeOfModel) {
  EXPECT_EQ(smallest("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"), "g6.xlarge");
  EXPECT_EQ(smallest("deepseek-ai/DeepSeek-R1-Distill-Qwen-14B"), "g6e.xlarge");
  EXPECT_EQ(smallest("deepseek-ai/DeepSeek-R1-Distill-Qwen-32B"), "g6.12xlarge");
  EXPECT_EQ(smallest("deepseek-ai/DeepSeek-R1-Distill-Llama-70B"), "g6.48xlarge");
  EXPECT_EQ(smallest("deepseek-ai/DeepSeek-R1"), "p5e.48xlarge");
  EXPECT_EQ(smallest("deepseek-r1:671b"), "p4de.24xlarge");
  EXPECT_EQ(smallest_instance_for(2000), std::nullopt);
}

TEST(GpuSizing, ListsInstancesByMemory) {
  int before = 0;
  for (const std::string& type : gpu_instance_types()) {
    const int total = find_gpu_instance(type).value().total_gb();
    EXPECT_GE(total, before) << type;
    before = total;
  }
}

TEST(GpuSizing, TakesNoLongerContextThanTheModelHas) {
  EXPECT_EQ(context_of("deepseek-ai/deepseek-llm-7b-chat", 8192), 4096);
  EXPECT_EQ(context_of("deepseek-ai/DeepSeek-R1", 8192), 8192);
  EXPECT_EQ(context_of("deepseek-r1:8b", 1'000'000), 1'000'000);
  EXPECT_EQ(context_of("somebody/else", 8192), 8192);
}

TEST(GpuSizing, KnowsNothingOfOtherNames) {
  EXPECT_FALSE(find_gpu_instance("t3.micro").has_value());
  EXPECT_FALSE(find_model("gpt-2").has_value());
}

}  // namespace
}  // namespace wsdeep::stack
