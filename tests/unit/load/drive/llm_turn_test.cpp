#include "load/drive/llm_turn.h"

#include <gtest/gtest.h>

#include "load/drive/idle_pool.h"

namespace wsdeep::load {
namespace {

LlmChunk chunk_of(const std::string& text, int tokens, bool reasoning = false) {
  LlmChunk chunk;
  chunk.text = text;
  chunk.tokens = tokens;
  chunk.reasoning = reasoning;
  return chunk;
}

llm::LlmOutcome completed() {
  llm::LlmOutcome outcome;
  outcome.ok = true;
  outcome.result.node_id = "n2";
  return outcome;
}

TEST(LlmTurn, TakesBackAnAnswerThatTurnsOutToBeReasoning) {
  LlmTurn turn({}, true);
  turn.on_message(10, 1);
  turn.on_chunk(chunk_of("hm", 3));
  turn.on_message(20, 1);
  LlmChunk only_the_end_was_marked;
  only_the_end_was_marked.reasoning = only_the_end_was_marked.was_reasoning = true;
  turn.on_chunk(only_the_end_was_marked);
  turn.on_chunk(chunk_of("yes", 1));
  turn.on_end(30, completed(), "", kNever);
  EXPECT_EQ(turn.record().first, 10);
  EXPECT_EQ(turn.record().answer, 20);
  EXPECT_EQ(turn.record().reasoning_tokens, 3);
  EXPECT_EQ(turn.record().output_tokens, 4);
  EXPECT_EQ(turn.answer(), "yes");
}

TEST(LlmTurn, MakesOnePieceOfAMessage) {
  LlmTurn turn({}, false);
  turn.on_message(10, 40);
  turn.on_chunk(chunk_of("hm", 2, true));
  turn.on_chunk(chunk_of("yes", 0));
  turn.on_message(20, 5);
  turn.on_chunk(chunk_of("", 1));  // the end's own token
  turn.on_end(30, completed(), "", kNever);
  ASSERT_EQ(turn.record().pieces.size(), 1U);
  EXPECT_EQ(turn.record().pieces[0].tokens, 2U);
  EXPECT_EQ(turn.record().pieces[0].bytes, 5U);
  EXPECT_EQ(turn.record().last, 10);
  EXPECT_EQ(turn.record().bytes_received, 45U);
  EXPECT_EQ(turn.record().output_tokens, 3);
  EXPECT_EQ(turn.answer(), "") << "no turn comes that needs it";
}

TEST(LlmTurn, CountsByTheEngineThenByTheNodeThenByTheLength) {
  const auto ended = [](int node_tokens, std::optional<Usage> usage) {
    LlmTurn turn({}, false);
    turn.on_message(10, 1);
    turn.on_chunk(chunk_of("12345", node_tokens, true));
    llm::LlmOutcome outcome = completed();
    outcome.result.usage = usage;
    turn.on_end(30, outcome, "", kNever);
    return turn.record();
  };
  const TurnRecord engine = ended(3, Usage{7, 9, 4, 2});
  EXPECT_EQ(engine.counted_by, TokenCount::kUsage);
  EXPECT_EQ(engine.output_tokens, 9);
  EXPECT_EQ(engine.reasoning_tokens, 2);
  EXPECT_EQ(engine.prompt_tokens, 7);
  EXPECT_EQ(engine.cached_prompt_tokens, 4);
  EXPECT_EQ(ended(3, Usage{7, 3}).reasoning_tokens, 3) << "the node counts the same, and knows which";
  EXPECT_EQ(ended(3, Usage{7, 9}).reasoning_tokens, 0);
  EXPECT_EQ(ended(3, Usage{7, -1}).output_tokens, 0);
  const TurnRecord node = ended(3, std::nullopt);
  EXPECT_EQ(node.counted_by, TokenCount::kNode);
  EXPECT_EQ(node.output_tokens, 3);
  const TurnRecord length = ended(0, std::nullopt);
  EXPECT_EQ(length.counted_by, TokenCount::kEstimated);
  EXPECT_EQ(length.output_tokens, 2);
}

TEST(LlmTurn, KeepsWhatTheNodeSaysOfItself) {
  LlmTurn turn({}, false);
  LlmChunk first = chunk_of("a", 2);
  first.arrival = NodeArrival{"n2", 77, 5};
  first.token_offsets_us = {100, 120};
  turn.on_message(10, 1);
  turn.on_chunk(first);
  llm::LlmOutcome outcome = completed();
  outcome.result.timings = GenerationTimings{6, 90, 500};
  turn.on_end(30, outcome, "n1", kNever);
  EXPECT_EQ(turn.record().arrived_at, 77);
  EXPECT_EQ(turn.record().queue_us, 6);
  EXPECT_EQ(turn.record().prefill_us, 90);
  EXPECT_EQ(turn.record().token_offsets_us, std::vector<std::uint32_t>({100, 120}));
  EXPECT_TRUE(turn.record().moved);
}

TEST(LlmTurn, IsCancelledWhenWeGaveItUpAndCompletedWhenItsEndCameFirst) {
  const auto how = [](const llm::LlmOutcome& outcome) {
    LlmTurn turn({}, false);
    turn.on_message(10, 1);
    turn.on_chunk(chunk_of("a", 2));
    turn.on_message(25, 1);
    turn.on_chunk(chunk_of("b", 3));
    turn.on_end(30, outcome, "", 20);
    EXPECT_EQ(turn.tokens_by(20), 2);
    return turn.record();
  };
  const TurnRecord given_up = how(llm::failure(llm::LlmFault::kCancelled, "CANCELLED"));
  EXPECT_EQ(given_up.how, TurnEnd::kCancelled);
  EXPECT_EQ(given_up.cancelled_at, 20);
  EXPECT_EQ(how(completed()).how, TurnEnd::kCompleted);
  EXPECT_EQ(how(completed()).cancelled_at, kNever);
}

TEST(IdlePool, GivesTheConversationThatHasBeenIdleForLongestAndBeginsNoMoreThanItMay) {
  IdlePool<std::uint64_t> pool(2);
  const auto begin = [](std::uint64_t number) { return std::make_unique<std::uint64_t>(number); };
  auto first = pool.take(begin);
  auto second = pool.take(begin);
  EXPECT_EQ(*second, 1U);
  EXPECT_EQ(pool.take(begin), nullptr);
  pool.give_back(std::move(second));
  pool.give_back(std::move(first));
  EXPECT_EQ(*pool.take(begin), 1U);
  EXPECT_EQ(*pool.take(begin), 0U);
  EXPECT_EQ(pool.take(begin), nullptr);
  pool.leave();
  EXPECT_EQ(*pool.take(begin), 2U);
  EXPECT_EQ(pool.open(), 2U);
}

}  // namespace
}  // namespace wsdeep::load
