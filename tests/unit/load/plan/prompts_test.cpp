#include "load/plan/prompts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "load/plan/generated_prompts.h"
#include "load/plan/prompt_text.h"
#include "load/plan/salted_prompts.h"
#include "load/turn/token_estimate.h"

namespace wsdeep::load {
namespace {

using ::testing::StartsWith;

TEST(PromptText, TakesFourBytesForAToken) {
  for (const int tokens : {1, 2, 7, 200, 8192})
    EXPECT_EQ(prompt_text(3, tokens).size(), 4u * static_cast<unsigned>(tokens));
  EXPECT_EQ(estimated_tokens(static_cast<std::int64_t>(prompt_text(3, 200).size())), 200);
  EXPECT_EQ(estimated_tokens(5), 2);
}

TEST(PromptText, IsWordsThatAreTheSameForASeed) {
  EXPECT_EQ(prompt_text(1, 10), "eye blue bed us go me call on cow man b?");
  EXPECT_THAT(prompt_text(1, 20), StartsWith(prompt_text(1, 10).substr(0, 30)));
  EXPECT_NE(prompt_text(1, 10), prompt_text(2, 10));
}

TEST(PromptText, HasAboutOneWordForEachToken) {
  const std::string text = prompt_text(9, 10'000);
  EXPECT_NEAR(static_cast<double>(std::count(text.begin(), text.end(), ' ')), 10'000, 100);
}

PromptShape prompt_shape_of(const std::string& tokens, const std::string& turns = "1") {
  return {.prompt_tokens = Lengths::parse(tokens, "--prompt-tokens", kMaxTokens),
          .turns = Lengths::parse(turns, "--turns", kMaxTurns),
          .seed = 7};
}

TEST(GeneratedPrompts, DifferForEachTurnAndComeBackTheSame) {
  const GeneratedPrompts prompts(prompt_shape_of("50..500"), {});
  std::set<std::string> texts;
  for (std::uint64_t conversation = 0; conversation < 20; ++conversation)
    for (int turn = 0; turn < 5; ++turn) {
      const std::string text = prompts.prompt({}, conversation, turn).text;
      EXPECT_EQ(text, GeneratedPrompts(prompt_shape_of("50..500"), {}).prompt({}, conversation, turn).text);
      EXPECT_TRUE(text.size() >= 200 && text.size() <= 2000);
      texts.insert(text);
    }
  EXPECT_EQ(texts.size(), 100u);
}

TEST(GeneratedPrompts, DrawTheTurnsOfAConversation) {
  const GeneratedPrompts prompts(prompt_shape_of("10", "2..4"), {});
  std::set<int> turns;
  for (std::uint64_t conversation = 0; conversation < 100; ++conversation) turns.insert(prompts.turns(conversation));
  EXPECT_EQ(turns, (std::set<int>{2, 3, 4}));
}

TEST(GeneratedPrompts, ShareTheirPrefixes) {
  PromptShape with_prefix = prompt_shape_of("10");
  with_prefix.prefix_tokens = 100;
  with_prefix.prefixes = 3;
  const GeneratedPrompts prompts(with_prefix, {});
  std::set<std::string> systems;
  for (std::uint64_t conversation = 0; conversation < 100; ++conversation) {
    const Prompt prompt = prompts.prompt({}, conversation, 0);
    EXPECT_EQ(prompt.system.size(), 400u);
    EXPECT_EQ(prompt.system, prompts.prompt({}, conversation, 1).system);
    systems.insert(prompt.system);
  }
  EXPECT_EQ(systems.size(), 3u);
}

TEST(GeneratedPrompts, HaveTheLengthsOfTheirArrival) {
  EXPECT_EQ(GeneratedPrompts(prompt_shape_of("10"), {}).prompt({}, 0, 0).max_tokens, std::nullopt);
  const GeneratedPrompts prompts(prompt_shape_of("10"), {.lengths = Lengths(30)});
  EXPECT_EQ(prompts.prompt({}, 0, 0).max_tokens, 30);
  const Prompt prompt = prompts.prompt({.prompt_tokens = 77, .output_tokens = 5}, 0, 0);
  EXPECT_EQ(prompt.text.size(), 4u * 77);
  EXPECT_EQ(prompt.max_tokens, 5);
}

TEST(SaltedPrompts, BeginEachConversationAnewAndChangeNothingElse) {
  const auto plain = std::make_shared<GeneratedPrompts>(prompt_shape_of("10", "3"), OutputLimit{});
  const SaltedPrompts prompts(plain, "salt: ");
  EXPECT_EQ(prompts.prompt({}, 4, 0).text, "salt: " + plain->prompt({}, 4, 0).text);
  EXPECT_EQ(prompts.prompt({}, 4, 1).text, plain->prompt({}, 4, 1).text);
  EXPECT_EQ(prompts.turns(4), 3);
  EXPECT_NE(new_run_name(), new_run_name());
  EXPECT_TRUE(is_run_name(new_run_name()));
  EXPECT_EQ(salt_of("5f0c3a9b12d47e60"), "run 5f0c3a9b12d47e60: ");
}

TEST(SaltedPrompts, PutTheSaltBeforeAPrefix) {
  PromptShape with_prefix = prompt_shape_of("10");
  with_prefix.prefix_tokens = 10;
  const auto plain = std::make_shared<GeneratedPrompts>(with_prefix, OutputLimit{});
  const Prompt prompt = SaltedPrompts(plain, "salt: ").prompt({}, 0, 0);
  EXPECT_EQ(prompt.system, "salt: " + plain->prompt({}, 0, 0).system);
  EXPECT_EQ(prompt.text, plain->prompt({}, 0, 0).text);
}

}  // namespace
}  // namespace wsdeep::load
