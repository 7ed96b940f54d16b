#include "session/answer.h"

#include <gtest/gtest.h>

#include <string>

namespace wsdeep::session {
namespace {

wire::Chunk piece(std::int64_t seq, const std::string& text, bool last = false) {
  return {text, "m", seq, last, 0};
}

wire::Completion whole(const std::string& text) {
  wire::Completion frame;
  frame.text = text;
  return frame;
}

/// Of a server that keeps reasoning apart.
wire::Chunk separate(std::int64_t seq, const std::string& reasoning, const std::string& text, bool last = false) {
  return {text, "m", seq, last, 0, reasoning, false};
}

wire::Completion whole(const std::string& reasoning, const std::string& text) {
  wire::Completion frame = whole(text);
  frame.reasoning = reasoning;
  return frame;
}

std::string text_of(const std::vector<LlmChunk>& pieces) {
  std::string text;
  for (const LlmChunk& piece : pieces)
    text += piece.was_reasoning ? "!" : piece.reasoning ? "(" + piece.text + ")" : piece.text;
  return text;
}

TEST(Answer, ShowsPiecesAsTheyCome) {
  Answer answer;
  EXPECT_EQ(text_of(answer.take(piece(0, "one "))), "one ");
  EXPECT_EQ(text_of(answer.take(piece(1, "two", true))), "two");
  const auto ending = answer.finish(whole("one two"));
  EXPECT_TRUE(ending.rest.empty());
  EXPECT_FALSE(ending.anew);
}

TEST(Answer, DropsAPieceThatComesTwice) {
  Answer answer;
  std::string shown;
  for (const auto& chunk :
       {piece(0, "a"), piece(0, "a"), piece(1, "b"), piece(0, "a"), piece(1, "b"), piece(2, "c", true)})
    shown += text_of(answer.take(chunk));
  EXPECT_EQ(shown, "abc");
  EXPECT_TRUE(answer.finish(whole("abc")).rest.empty());
}

TEST(Answer, FillsAGapFromTheWholeText) {
  Answer answer;
  answer.take(piece(0, "one "));
  EXPECT_TRUE(answer.take(piece(2, "three ")).empty());
  EXPECT_TRUE(answer.take(piece(3, "four", true)).empty());
  const auto ending = answer.finish(whole("one two three four"));
  EXPECT_EQ(text_of(ending.rest), "two three four");
  EXPECT_FALSE(ending.anew);
}

TEST(Answer, CountsTheTokensOfEachPieceOnce) {
  Answer answer;
  wire::Chunk first = separate(0, "hm", "so");
  first.tokens = 3;
  first.token_offsets_us = {1, 2, 3};
  EXPECT_EQ(answer.take(first), (std::vector<LlmChunk>{{"hm", true}, {"so", false, false, 3, {1, 2, 3}}}));
  EXPECT_EQ(answer.take(first), std::vector<LlmChunk>{}) << "it came again";
  wire::Chunk last = separate(1, "", "", true);
  last.tokens = 1;
  last.token_offsets_us = {4, 5};
  EXPECT_EQ(answer.take(last), (std::vector<LlmChunk>{{"", false, false, 1}})) << "two times of one token are none";
  EXPECT_TRUE(answer.finish(whole("hm", "so")).rest.empty());
}

TEST(Answer, TakesNoCountThatIsNone) {
  Answer answer;
  wire::Chunk chunk = piece(0, "a");
  chunk.tokens = -5;
  EXPECT_EQ(answer.take(chunk).back().tokens, 0);
  chunk = piece(1, "b");
  chunk.tokens = INT64_MAX;
  EXPECT_EQ(answer.take(chunk).back().tokens, 1'000'000);
}

TEST(Answer, GoesOnWithAPieceThatComesLate) {
  Answer answer;
  answer.take(piece(0, "a"));
  answer.take(piece(2, "c"));
  EXPECT_EQ(text_of(answer.take(piece(1, "b"))), "b");
  EXPECT_EQ(text_of(answer.finish(whole("abc")).rest), "c");
}

TEST(Answer, TakesAWholeTextThatCameWithoutPieces) {
  Answer answer;
  EXPECT_EQ(text_of(answer.finish(whole("<think>why</think>because")).rest), "(why)because");
}

TEST(Answer, ShowsATextThatDoesNotGoOnFromItsBeginningAnew) {
  Answer answer;
  answer.take(piece(0, "one "));
  const auto ending = answer.finish(whole("another answer"));
  EXPECT_TRUE(ending.anew);
  EXPECT_EQ(text_of(ending.rest), "another answer");
}

TEST(Answer, IsBrokenWhenPiecesAreMissingAndTheTextWasTooLong) {
  wire::Completion truncated;
  truncated.truncated = true;
  Answer answer;
  answer.take(piece(0, "a"));
  answer.take(piece(2, "c", true));
  EXPECT_TRUE(answer.finish(truncated).broken);

  Answer complete;
  complete.take(piece(0, "a", true));
  EXPECT_FALSE(complete.finish(truncated).broken);
}

TEST(Answer, MissesALastPieceThatNeverCame) {
  Answer answer;
  answer.take(piece(0, "one "));
  EXPECT_EQ(text_of(answer.finish(whole("one two")).rest), "two");
}

TEST(Answer, TakesPiecesForWholeThatDifferFromTheText) {
  // A server may leave the reasoning out of the whole text.
  Answer answer;
  answer.take(piece(0, "<think>why</think>", false));
  answer.take(piece(1, "because", true));
  const auto ending = answer.finish(whole("because"));
  EXPECT_FALSE(ending.anew);
  EXPECT_TRUE(ending.rest.empty());
}

TEST(Answer, TakesTextForTextWhereReasoningIsApart) {
  Answer answer;
  EXPECT_EQ(text_of(answer.take(separate(0, "hm </think>", ""))), "(hm </think>)");
  EXPECT_EQ(text_of(answer.take(separate(1, "", "<think> is a tag", true))), "<think> is a tag");
  const auto ending = answer.finish(whole("hm </think>", "<think> is a tag"));
  EXPECT_TRUE(ending.rest.empty());
  EXPECT_FALSE(ending.anew);
}

TEST(Answer, HearsThatTheTextSoFarWasReasoning) {
  Answer answer;
  EXPECT_EQ(text_of(answer.take(separate(0, "", "A"))), "A");
  EXPECT_EQ(text_of(answer.take({"C", "m", 1, false, 0, "B", true})), "!(B)C");
  EXPECT_EQ(text_of(answer.finish(whole("AB", "CD")).rest), "D") << "the last chunk is missing";
}

TEST(Answer, FillsGapsOfReasoningAndText) {
  Answer answer;
  answer.take(separate(0, "one ", ""));
  EXPECT_TRUE(answer.take(separate(2, "", "three", true)).empty());
  const auto ending = answer.finish(whole("one two", "three"));
  EXPECT_EQ(text_of(ending.rest), "(two)three");
  EXPECT_FALSE(ending.anew);
}

TEST(Answer, DoesNotMissReasoningThatTheHistoryDoesNotKeep) {
  Answer answer;
  answer.take(separate(0, "one ", "tw"));
  const auto ending = answer.finish(whole("", "two"));
  EXPECT_EQ(text_of(ending.rest), "o");
  EXPECT_FALSE(ending.anew);
}

TEST(Answer, BeginsAnewWhenReasoningIsMissingBeforeText) {
  Answer answer;
  answer.take(separate(0, "", "two"));
  const auto ending = answer.finish(whole("one", "two three"));
  EXPECT_EQ(text_of(ending.rest), "(one)two three");
  EXPECT_TRUE(ending.anew);
}

}  // namespace
}  // namespace wsdeep::session
