#include <gtest/gtest.h>

#include "base/utf8.h"
#include "support/chat_frames.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;
using FrameMessages = std::vector<ChatMessage>;

TEST_F(Frames, HandsOnWhatTheClientWantsToKnowOfItsAnswer) {
  handle(R"({"action":"message","data":{"message":"hi","separateReasoning":true,"timings":true}})");
  ASSERT_EQ(generations.started.size(), 1u);
  EXPECT_TRUE(generations.started.front().timings);
  EXPECT_TRUE(generations.started.front().separate_reasoning);
}

TEST_F(Frames, RecordsAcknowledgesAndStartsAMessage) {
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    EXPECT_EQ(chats.contents("c-1"), (FrameMessages{{"user", "hel\tlo\n"}})) << "recorded before it is acknowledged";
    EXPECT_TRUE(generations.started.empty()) << "acknowledged before it is started";
  };
  handle(
      R"({"action":"message","data":{"message":"hel\tlo\r\n\u0007","parameters":{"temperature":9,"max_tokens":5}}})");
  const auto accepted = only<wire::Accepted>();
  EXPECT_EQ(accepted.chat_id, "c-1");
  EXPECT_EQ(accepted.adjusted, (std::vector<std::string>{"temperature: 9 → 2"}));
  ASSERT_EQ(generations.started.size(), 1u);
  const wire::GenerateEvent started = generations.started.front();
  EXPECT_EQ(started.connection_id, "conn");
  EXPECT_EQ(started.user_id, "u-1");
  EXPECT_EQ(started.chat_id, "c-1");
  EXPECT_EQ(started.message_id, accepted.message_id);
  EXPECT_EQ(started.accepted_at_ms, epoch_ms(clock.now()));
  EXPECT_EQ(started.parameters.temperature, 2);
  EXPECT_EQ(started.parameters.max_tokens, 5);
  EXPECT_TRUE(is_busy());
}

TEST_F(Frames, TitlesAChatAfterItsFirstMessage) {
  say("  First line \nsecond");
  EXPECT_EQ(chats.at("c-1").chat.title, "First line");
  std::string long_text;
  for (int i = 0; i < 100; ++i) long_text += "é";
  connections.set_chat("conn", "c-2");
  say(long_text);
  EXPECT_EQ(chats.at("c-2").chat.title, long_text.substr(0, 160) + "…");
}

TEST_F(Frames, TakesExactly100000CharactersAndRefusesOneMore) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "é";
  say(text + "\x01\x02\r");
  EXPECT_EQ(generations.started.size(), 1u);
  EXPECT_EQ(utf8_length(chats.contents("c-1").front().content), 100'000u);

  replies.posts.clear();
  connections.set_chat("conn", "c-2");
  say(text + "x");
  EXPECT_EQ(only<wire::ErrorFrame>().text, "The message is too long: 100001 characters, at most 100000 are allowed.");
  expect_error("Invalid input", "invalid_input");
  EXPECT_EQ(generations.started.size(), 1u);
  EXPECT_TRUE(chats.contents("c-2").empty());
}

TEST_F(Frames, RefusesAnEmptyMessage) {
  for (const char* text : {"", "  \n\t", "\x01\x02", "\r\n"}) {
    say(text);
    expect_error("Invalid input", "invalid_input");
  }
  EXPECT_FALSE(is_busy());
}

TEST_F(Frames, RefusesAMalformedFrameAndNamesTheField) {
  handle(R"({"action":"message","data":{"message":3}})");
  EXPECT_EQ(only<wire::ErrorFrame>().text, "data.message: expected a string, got a number");
  expect_error("Invalid input", "invalid_message");
}

TEST_F(Frames, AnswersUnknownActionsAndWhatIsNoFrame) {
  handle(R"({"action":"dance"})");
  EXPECT_EQ(only<wire::UnknownAction>().received_action, "dance");
  replies.posts.clear();
  handle("not json");
  EXPECT_EQ(only<wire::UnknownAction>().cause, "frame: not JSON at byte 2");
}

TEST_F(Frames, AnswersPings) {
  for (const char* ping : {R"({"action":"ping"})", R"({"type":"ping"})"}) {
    handle(ping);
    EXPECT_EQ(only<wire::Pong>().timestamp_ms, epoch_ms(clock.now()));
    replies.posts.clear();
  }
}

TEST_F(Frames, TellsAnUnknownConnectionToReconnect) {
  connections.records.clear();
  say("hello");
  EXPECT_NE(only<wire::ErrorFrame>().text.find("reconnect"), std::string::npos);
  expect_error("Invalid input", "internal");
  EXPECT_TRUE(generations.started.empty());
}

TEST_F(Frames, SwitchesToAnotherChatOfTheSameUser) {
  handle(R"({"action":"message","data":{"message":"hi","chatId":"c-2"}})");
  EXPECT_EQ(only<wire::Accepted>().chat_id, "c-2");
  EXPECT_EQ(connections.records.at("conn").chat_id, "c-2");
  EXPECT_TRUE(chats.contents("c-1").empty());
}

TEST_F(Frames, RefusesForeignUnknownAndMalformedChatsAlike) {
  for (const char* chat_id : {"theirs", "no-such-chat", "", "a b", "../c-1"}) {
    handle(R"({"action":"message","data":{"message":"hi","chatId":")" + std::string(chat_id) + "\"}}");
    EXPECT_EQ(only<wire::ErrorFrame>().text, "There is no such chat.") << chat_id;
    expect_error("Invalid input", "invalid_input");
  }
  EXPECT_EQ(connections.records.at("conn").chat_id, "c-1");
  EXPECT_TRUE(generations.started.empty());
}

TEST_F(Frames, IsBusyUntilTheTurnEndsOrExpires) {
  say("one");
  replies.posts.clear();
  say("two");
  expect_error("Busy", "busy");
  EXPECT_EQ(chats.contents("c-1"), (FrameMessages{{"user", "one"}}));
  clock.advance(std::chrono::milliseconds(MemoryChats::kExpiryMs));
  say("three");
  only<wire::Accepted>();
  EXPECT_EQ(generations.started.size(), 2u);
}

TEST_F(Frames, EndsTheTurnOfAClientThatIsGoneAtTheAcknowledgement) {
  replies.gone = {"conn"};
  say("hello");
  EXPECT_FALSE(is_busy());
  EXPECT_TRUE(connections.records.empty());
  EXPECT_TRUE(generations.started.empty());
}

TEST_F(Frames, EndsTheTurnWhenTheGenerationCannotBeStarted) {
  generations.fault = fails("invoke failed");
  say("hello");
  EXPECT_EQ(failure, "invoke failed");
  const auto errors = replies.of<wire::ErrorFrame>();
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors.front().title, "Error processing request");
  EXPECT_EQ(errors.front().category, "internal");
  EXPECT_EQ(errors.front().message_id, replies.of<wire::Accepted>().front().message_id);
  EXPECT_EQ(errors.front().text.find("invoke"), std::string::npos) << "causes are for the log";
  EXPECT_FALSE(is_busy());
}

TEST_F(Frames, TakesNoTurnWhenTheQuestionCannotBeStored) {
  chats.faults["accept"] = throttles();
  say("hello");
  EXPECT_EQ(failure, "throttled");
  expect_error("Error processing request", "rate_limited");
  EXPECT_FALSE(is_busy());
}

TEST_F(Frames, ReportsTheFirstFailureWhenTheEndFailsToo) {
  generations.fault = fails("invoke failed");
  chats.faults["end_turn"] = fails("table failed");
  replies.before_post = [](const std::string&, const wire::ServerFrame& frame) {
    if (std::holds_alternative<wire::ErrorFrame>(frame)) throw Error(ErrorKind::kFailure, "post failed");
  };
  try {
    say("hello");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "invoke failed");
  }
}

TEST_F(Frames, TellsOfAFailedStoreWhateverTheFrame) {
  connections.faults["find"] = fails("down");
  handle(R"({"action":"ping"})");
  EXPECT_EQ(failure, "down");
  expect_error("Error processing request", "internal");
}

TEST_F(Frames, ClearsTheHistory) {
  chats.append({"c-1", "m-1", epoch_ms(clock.now())}, {"user", "old"});
  clock.advance(std::chrono::milliseconds(1));
  say(" /clear\n");
  expect_notice("Chat history cleared");
  EXPECT_FALSE(is_busy());
  handle(R"({"action":"history"})");
  EXPECT_TRUE(only<wire::HistoryPage>().messages.empty());
}

TEST_F(Frames, TakesOnlyExactlyClearForTheCommand) {
  say("/clear all");
  only<wire::Accepted>();
}

TEST_F(Frames, StartsANewConversation) {
  handle(R"({"action":"new_conversation"})");
  const auto notice = only<wire::Notice>();
  EXPECT_EQ(notice.title, "New conversation started");
  EXPECT_NE(notice.chat_id, "c-1");
  EXPECT_EQ(connections.records.at("conn").chat_id, notice.chat_id);
  EXPECT_EQ(chats.at(notice.chat_id).chat.user_id, "u-1");
}

TEST_F(Frames, PagesThroughTheHistory) {
  for (int i = 0; i < 5; ++i) chats.append({"c-1", "m", i}, {"user", std::to_string(i)});
  handle(R"({"action":"history","data":{"limit":2}})");
  const auto newest = only<wire::HistoryPage>();
  EXPECT_EQ(newest.chat_id, "c-1");
  ASSERT_EQ(newest.messages.size(), 2u);
  EXPECT_EQ(newest.messages[0].content, "3");
  EXPECT_EQ(newest.messages[1].content, "4");
  replies.posts.clear();
  handle(R"({"action":"history","data":{"before":")" + newest.before + "\"}}");
  const auto oldest = only<wire::HistoryPage>();
  ASSERT_EQ(oldest.messages.size(), 3u);
  EXPECT_EQ(oldest.messages[0].content, "0");
  EXPECT_EQ(oldest.before, "");
}

TEST_F(Frames, ClampsAPagesLimit) {
  for (int i = 0; i < 150; ++i) chats.append({"c-1", "m", i}, {"user", "x"});
  for (const auto& [limit, count] : std::map<int, std::size_t>{{-5, 1}, {0, 1}, {1, 1}, {100, 100}, {5000, 100}}) {
    handle(encode(wire::HistoryFrame{limit, std::nullopt}));
    EXPECT_EQ(only<wire::HistoryPage>().messages.size(), count) << limit;
    replies.posts.clear();
  }
}

TEST_F(Frames, ShortensAPageThatNoFrameHoldsAndKeepsItsCursorRight) {
  for (int i = 0; i < 30; ++i) chats.append({"c-1", "m", i}, {"user", std::to_string(i) + std::string(9'000, '"')});
  std::vector<std::string> seen;
  std::string before;
  do {
    handle(encode(wire::HistoryFrame{30, before}));
    const auto page = only<wire::HistoryPage>();
    EXPECT_LE(replies.posts.front().second.size(), wire::kMaxMessageBytes);
    std::vector<std::string> contents;
    for (const wire::StoredMessage& message : page.messages) contents.push_back(message.content);
    seen.insert(seen.begin(), contents.begin(), contents.end());
    before = page.before;
    replies.posts.clear();
  } while (!before.empty());
  ASSERT_EQ(seen.size(), 30u);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_TRUE(seen[i].starts_with(std::to_string(i) + "\""));
}

TEST_F(Frames, RefusesACursorThatIsNotOurs) {
  handle(encode(wire::HistoryFrame{5, std::string(257, 'x')}));
  expect_error("Invalid input", "invalid_input");
}

TEST_F(Frames, RefusesAMadeUpCursorInOneFrameAndWithoutAFailure) {
  handle(encode(wire::HistoryFrame{5, "made-up"}));
  EXPECT_EQ(only<wire::ErrorFrame>().text, "There is no such page.");
  EXPECT_EQ(only<wire::ErrorFrame>().received_action, "history");
  expect_error("Invalid input", "invalid_input");
}

TEST_F(Frames, NamesTheMessageThatItRefusesOrTheActionOfAFrameWithoutOne) {
  handle(R"({"action":"message","data":{"message":" ","messageId":"m-1"}})");
  EXPECT_EQ(only<wire::ErrorFrame>().message_id, "m-1");
  EXPECT_EQ(only<wire::ErrorFrame>().received_action, "");
  replies.posts.clear();
  say(" ");
  EXPECT_EQ(only<wire::ErrorFrame>().received_action, "message");
  replies.posts.clear();
  connections.records.clear();
  handle(encode(wire::HistoryFrame{5, std::nullopt}));
  EXPECT_EQ(only<wire::ErrorFrame>().received_action, "history") << "also when nothing of it has been done";
}

TEST_F(Frames, SaysThatAChatIsNotKeptAnyMoreUntilANewOneIsBegun) {
  chats.records.erase("c-1");
  say("hello");
  expect_error("Chat expired", "chat_expired");
  say("/clear");
  expect_error("Chat expired", "chat_expired");
  handle(R"({"action":"history"})");
  expect_error("Chat expired", "chat_expired");
  handle(R"({"action":"new_conversation"})");
  expect_notice("New conversation started");
  say("hello");
  EXPECT_NE(only<wire::Accepted>().chat_id, "c-1");
}

TEST_F(Frames, CancelsTheRunningAnswerOnly) {
  handle(R"({"action":"cancel"})");
  expect_notice("Nothing to cancel");
  say("hello");
  const std::string message_id = only<wire::Accepted>().message_id;
  replies.posts.clear();
  handle(R"({"action":"cancel","data":{"messageId":"another"}})");
  expect_notice("Nothing to cancel");
  EXPECT_FALSE(chats.at("c-1").cancel_requested);
  handle(encode(wire::CancelFrame{message_id}));
  expect_notice("Cancellation requested");
  EXPECT_TRUE(chats.at("c-1").cancel_requested);
}

/// A client that names its message, and sends it again because it does not know what became of it.
class Again : public Frames {
 protected:
  void ask(std::string_view connection_id = "conn") {
    if (connection_id != "conn") connections.put({std::string(connection_id), "u-1", "", "d", "s", "", "c-1", 0, 0});
    wire::MessageFrame frame;
    frame.text = "hello";
    frame.message_id = "m-1";
    failure =
        handle_frame(connection_id, encode(frame), {connections, rooms, chats, replies, generations, clock}, limits);
  }
  void end(std::string outcome, std::optional<std::string> answer = std::nullopt) {
    TurnEnd end;
    end.ending = {std::move(outcome), "stop", Usage{3, 4}};
    end.connection_id = "conn";
    end.answer = std::move(answer);
    chats.end_turn(turn(), end);
  }
  TurnKey turn() { return {"c-1", "m-1", chats.look_up("c-1", "m-1")->accepted_at_ms}; }
  wire::Accepted acknowledged() {
    const auto frames = replies.of<wire::Accepted>();
    EXPECT_EQ(frames.size(), 1u);
    replies.posts.clear();
    return frames.empty() ? wire::Accepted{} : frames.front();
  }
};

TEST_F(Again, TakesTheClientsIdForTheTurns) {
  ask();
  const auto accepted = only<wire::Accepted>();
  EXPECT_EQ(accepted.message_id, "m-1");
  EXPECT_FALSE(accepted.resumed || accepted.restarted);
  ASSERT_EQ(generations.started.size(), 1u);
  EXPECT_EQ(generations.started.front().message_id, "m-1");
}

TEST_F(Again, RefusesAnIdThatCouldNotStandInAKey) {
  for (const std::string& bad : {std::string(), std::string(65, 'a'), std::string("a#b"), std::string("é")}) {
    handle(R"({"action":"message","data":{"message":"hi","messageId":")" + bad + "\"}}");
    EXPECT_EQ(only<wire::ErrorFrame>().message_id, "");
    expect_error("Invalid input", "invalid_input");
  }
  handle(R"({"action":"message","data":{"message":"hi","messageId":")" + std::string(64, 'Z') + "\"}}");
  EXPECT_EQ(acknowledged().message_id, std::string(64, 'Z'));
}

TEST_F(Again, NamesTheMessageInEveryRefusal) {
  handle(R"({"action":"message","data":{"message":" ","messageId":"m-1"}})");
  EXPECT_EQ(only<wire::ErrorFrame>().message_id, "m-1");
  replies.posts.clear();
  say("holds the chat");
  replies.posts.clear();
  ask();
  EXPECT_EQ(only<wire::ErrorFrame>().message_id, "m-1");
  expect_error("Busy", "busy");
}

TEST_F(Again, GoesOnAtTheNewConnectionWhileTheTurnRuns) {
  ask();
  chats.claim(turn());
  replies.posts.clear();
  clock.advance(std::chrono::seconds(3));
  ask("conn-2");
  const auto accepted = acknowledged();
  EXPECT_TRUE(accepted.resumed);
  EXPECT_EQ(accepted.message_id, "m-1");
  EXPECT_EQ(chats.at("c-1").chat.connection_id, "conn-2");
  EXPECT_EQ(generations.started.size(), 1u);
  EXPECT_EQ(chats.contents("c-1"), (FrameMessages{{"user", "hello"}}));
}

TEST_F(Again, StartsTheGenerationOfATurnThatNobodyHasClaimed) {
  ask();
  replies.posts.clear();
  ask("conn-2");
  EXPECT_TRUE(acknowledged().resumed);
  ASSERT_EQ(generations.started.size(), 2u) << "whoever accepted it may have died before the start";
  EXPECT_EQ(generations.started.back().connection_id, "conn-2");
}

TEST_F(Again, TellsACompleteAnswerOnceMore) {
  ask();
  end("completed", "Hello!");
  replies.posts.clear();
  ask("conn-2");
  const auto completions = replies.of<wire::Completion>();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions.front().text, "Hello!");
  EXPECT_EQ(completions.front().message_id, "m-1");
  EXPECT_EQ(completions.front().finish_reason, "stop");
  EXPECT_EQ(completions.front().usage, (Usage{3, 4}));
  EXPECT_TRUE(acknowledged().resumed);
  EXPECT_EQ(generations.started.size(), 1u);
}

TEST_F(Again, BeginsAnewWhenTheTurnEndedBecauseItsClientWasGone) {
  ask();
  end("gone", "Hel");
  replies.posts.clear();
  clock.advance(std::chrono::seconds(3));
  ask("conn-2");
  const auto accepted = acknowledged();
  EXPECT_TRUE(accepted.restarted);
  EXPECT_FALSE(accepted.resumed);
  ASSERT_EQ(generations.started.size(), 2u);
  EXPECT_EQ(generations.started[1].message_id, "m-1");
  EXPECT_EQ(generations.started[1].accepted_at_ms, generations.started[0].accepted_at_ms) << "its place in the history";
}

TEST_F(Again, TellsOnceMoreThatTheTurnBeganAnew) {
  ask();
  end("gone", "Hel");
  ask("conn-2");
  replies.posts.clear();
  // The connection died before the client heard of it: it still holds pieces of the first answer.
  ask("conn-3");
  const auto accepted = acknowledged();
  EXPECT_TRUE(accepted.restarted);
  EXPECT_FALSE(accepted.resumed);
}

TEST_F(Again, BeginsAnewWhenTheRunDied) {
  ask();
  chats.claim(turn());
  clock.advance(kTurnExpiry);
  replies.posts.clear();
  ask("conn-2");
  EXPECT_TRUE(acknowledged().restarted);
  EXPECT_EQ(generations.started.size(), 2u);
}

TEST_F(Again, FailsAgainAsItFailed) {
  for (const char* category : {"cancelled", "llm_timeout", "busy"}) {
    chats.records.clear();
    chats.open("c-1", "u-1");
    replies.posts.clear();
    ask();
    end(category);
    replies.posts.clear();
    ask("conn-2");
    EXPECT_EQ(only<wire::ErrorFrame>().category, category);
    EXPECT_EQ(only<wire::ErrorFrame>().message_id, "m-1");
  }
  EXPECT_EQ(generations.started.size(), 3u);
}

TEST_F(Again, TellsTheEndThatCameBetweenLookingAndGoingOn) {
  ask();
  chats.claim(turn());
  replies.posts.clear();
  chats.faults["move"] = [&] { end("completed", "Hello!"); };
  ask("conn-2");
  EXPECT_EQ(replies.of<wire::Completion>().size(), 1u);
  for (const wire::Accepted& accepted : replies.of<wire::Accepted>()) EXPECT_TRUE(accepted.resumed);
}

TEST_F(Again, LeavesTheTurnAloneWhenItsStartWasTakenAndOnlyTheAnswerGotLost) {
  generations.fault = [&] {
    chats.claim(turn());
    chats.at("c-1").holder.reset();
    chats.at("c-1").turns["m-1"].ending = Ending{"completed", "", {}};
    throw Error(ErrorKind::kFailure, "invoke timed out");
  };
  ask();
  EXPECT_TRUE(replies.of<wire::ErrorFrame>().empty());
}

}  // namespace
}  // namespace wsdeep::chat
