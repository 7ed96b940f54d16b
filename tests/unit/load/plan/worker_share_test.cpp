#include "load/plan/worker_share.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

#include "load/plan/generated_prompts.h"
#include "load/plan/shared_prompts.h"
#include "load/turn/arrival.h"

namespace wsdeep::load {
namespace {

TEST(WorkerShare, SharesAreTheWholeAndHaveNothingInCommon) {
  for (const std::uint64_t total : {0u, 1u, 7u, 8u, 100u}) {
    std::multiset<std::uint64_t> numbers, expected;
    for (std::uint64_t number = 0; number < total; ++number) expected.insert(number);
    for (int worker = 0; worker < 8; ++worker) {
      const WorkerShare share{worker, 8};
      for (std::uint64_t number = 0; number < share.of(total); ++number) {
        numbers.insert(share.in_whole(number));
        EXPECT_TRUE(share.has(share.in_whole(number)));
      }
    }
    EXPECT_EQ(numbers, expected) << total;
  }
}

TEST(WorkerShare, OneMachineHasAll) {
  EXPECT_EQ(WorkerShare{}.of(5), 5u);
  EXPECT_EQ(WorkerShare{}.in_whole(5), 5u);
  EXPECT_TRUE(WorkerShare{}.has(5));
}

TEST(SharedPrompts, AskWhatNoOtherWorkerAsks) {
  PromptShape shape;
  shape.prompt_tokens = Lengths::parse("50", "--prompt-tokens", 1000);
  const auto all = std::make_shared<GeneratedPrompts>(shape, OutputLimit{});
  std::set<std::string> asked;
  for (int worker = 0; worker < 3; ++worker) {
    const SharedPrompts prompts(all, {worker, 3});
    for (std::uint64_t conversation = 0; conversation < 4; ++conversation)
      asked.insert(prompts.prompt({}, conversation, 0).text);
  }
  std::set<std::string> expected;
  for (std::uint64_t conversation = 0; conversation < 12; ++conversation)
    expected.insert(all->prompt({}, conversation, 0).text);
  EXPECT_EQ(asked, expected);
}

}  // namespace
}  // namespace wsdeep::load
