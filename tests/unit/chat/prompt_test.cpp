#include "chat/prompt.h"

#include <gtest/gtest.h>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using wsdeep::testing::ManualClock;
using wsdeep::testing::MemoryChats;
using PromptMessages = std::vector<ChatMessage>;

class Conversation : public ::testing::Test {
 protected:
  Conversation() { chats.open("c", "u"); }

  /// Stores a turn that was accepted at `at`; an empty text leaves that half out.
  void store(int at, const std::string& question, const std::string& answer) {
    const TurnKey turn{"c", "m-" + std::to_string(at), at};
    if (!question.empty()) chats.append(turn, {"user", question});
    if (!answer.empty()) chats.append(turn, {"assistant", answer});
  }
  /// What the model sees for the turn that was accepted at `at`.
  PromptMessages read(int at) {
    return read_conversation(chats, *chats.find("c"), {"c", "m-" + std::to_string(at), at}, limits);
  }

  ManualClock clock;
  MemoryChats chats{clock};
  Limits limits;
};

TEST_F(Conversation, IsTheQuestionAloneInANewChat) {
  store(1, "hello", "");
  EXPECT_EQ(read(1), (PromptMessages{{"user", "hello"}}));
}

TEST_F(Conversation, HasRolesInOrderAfterTheSystemPrompt) {
  limits.system_prompt = "Be kind.";
  store(1, "q1", "a1");
  store(2, "q2", "a2");
  store(3, "q3", "");
  EXPECT_EQ(read(3), (PromptMessages{{"system", "Be kind."},
                                     {"user", "q1"},
                                     {"assistant", "a1"},
                                     {"user", "q2"},
                                     {"assistant", "a2"},
                                     {"user", "q3"}}));
}

TEST_F(Conversation, LeavesOutUnfinishedTurns) {
  store(1, "q1", "a1");
  store(2, "no answer", "");
  store(3, "", "no question");
  store(5, "q5", "");
  EXPECT_EQ(read(5), (PromptMessages{{"user", "q1"}, {"assistant", "a1"}, {"user", "q5"}}));
}

TEST_F(Conversation, KeepsTagsThatSomebodyWrote) {
  store(1, "what is <think>?", "<think> is a tag");
  store(2, "and </think>?", "");
  EXPECT_EQ(read(2), (PromptMessages{
                         {"user", "what is <think>?"}, {"assistant", "<think> is a tag"}, {"user", "and </think>?"}}));
}

TEST_F(Conversation, DropsOldestTurnsWhenOverTheLimitInCharacters) {
  store(1, "1111", "1111");
  store(2, "ééé", "ééé");
  store(3, "33", "33");
  store(4, "4444", "");
  limits.max_history_characters = 4 + 4 + 6;
  EXPECT_EQ(
      read(4),
      (PromptMessages{{"user", "ééé"}, {"assistant", "ééé"}, {"user", "33"}, {"assistant", "33"}, {"user", "4444"}}));
  limits.max_history_characters = 4 + 4 + 5;
  EXPECT_EQ(read(4), (PromptMessages{{"user", "33"}, {"assistant", "33"}, {"user", "4444"}}));
}

TEST_F(Conversation, KeepsNoOlderTurnBehindOneThatDidNotFit) {
  store(1, "1", "1");
  store(2, std::string(50, '2'), "2");
  store(3, "3", "");
  limits.max_history_characters = 20;
  EXPECT_EQ(read(3), (PromptMessages{{"user", "3"}}));
}

TEST_F(Conversation, AlwaysHasTheQuestionHoweverLong) {
  store(1, "1", "1");
  store(2, std::string(50, '2'), "");
  limits.max_history_characters = 20;
  EXPECT_EQ(read(2), (PromptMessages{{"user", std::string(50, '2')}}));
}

TEST_F(Conversation, ReadsSeveralPagesAndJoinsTurnsThatTheyCut) {
  for (int i = 1; i <= 120; ++i) store(i, "q" + std::to_string(i), "a" + std::to_string(i));
  store(121, "last", "");
  const PromptMessages messages = read(121);
  ASSERT_EQ(messages.size(), 241u);
  EXPECT_EQ(messages.front(), (ChatMessage{"user", "q1"}));
  EXPECT_EQ(messages[142], (ChatMessage{"user", "q72"}));
  EXPECT_EQ(chats.reads, 3);
}

TEST_F(Conversation, StopsReadingWhenTheLimitIsReached) {
  for (int i = 1; i <= 2000; ++i) store(i, "question", "answer");
  store(2001, "last", "");
  limits.max_history_characters = 1000;
  EXPECT_EQ(read(2001).size(), 2 * (996 / 14) + 1u);
  EXPECT_EQ(chats.reads, 2);
}

TEST_F(Conversation, BoundsHowMuchOfALongChatIsRead) {
  for (int i = 1; i <= 2000; ++i) store(i, "never answered", "");
  store(2001, "last", "");
  EXPECT_EQ(read(2001), (PromptMessages{{"user", "last"}}));
  EXPECT_EQ(chats.reads, 10);
}

TEST_F(Conversation, ForgetsWhatWasClearedButNotTheQuestionItself) {
  store(10, "q1", "a1");
  store(20, "q2", "");
  chats.clear("c", 15);
  EXPECT_EQ(read(20), (PromptMessages{{"user", "q2"}}));
  chats.clear("c", 30);
  EXPECT_EQ(read(20), (PromptMessages{{"user", "q2"}}));
}

TEST_F(Conversation, IsEmptyWithoutTheQuestion) {
  store(1, "q1", "a1");
  EXPECT_EQ(read(2), PromptMessages{});
}

TEST(Flatten, GivesALoneQuestionAsItIs) {
  EXPECT_EQ(flatten({{"user", "hello"}}), "hello");
}

TEST(Flatten, LabelsRolesAndLeavesTheAnswerOpen) {
  EXPECT_EQ(flatten({{"system", "s"}, {"user", "q1"}, {"assistant", "a1"}, {"user", "q2"}}),
            "System: s\n\nUser: q1\n\nAssistant: a1\n\nUser: q2\n\nAssistant:");
}

}  // namespace
}  // namespace wsdeep::chat
