#include <gtest/gtest.h>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;
using std::chrono::milliseconds;
using Messages = std::vector<ChatMessage>;

/// The turn `m-1` of chat `c-1`, accepted and not yet generated.
class Generate : public ::testing::Test {
 protected:
  Generate() {
    chats.open("c-1", "u-1");
    connections.put({"conn", "u-1", "", "d", "s", "", "c-1", 0, 0});
    chats.begin_turn(turn, "title");
    chats.append(turn, {"user", "question"});
  }

  GenerateReport run() {
    wire::GenerateEvent event{"conn", "https://d/s", "u-1", turn.chat_id, turn.message_id, turn.accepted_at_ms, {}};
    event.parameters.temperature = 0.5;
    event.separate_reasoning = separate_reasoning;
    event.timings = timings;
    return generate(event, {connections, rooms, chats, replies, llm, clock}, limits, clock.steady_now() + lifetime);
  }
  bool is_busy() { return chats.at("c-1").holder.has_value(); }
  void expect_error(std::string_view category) {
    const auto errors = replies.of<wire::ErrorFrame>();
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_EQ(errors.front().category, category);
    EXPECT_EQ(errors.front().message_id, "m-1");
    EXPECT_TRUE(replies.of<wire::Completion>().empty());
    EXPECT_FALSE(is_busy());
  }

  ManualClock clock;
  MemoryConnections connections;
  MemoryRooms rooms{connections};
  MemoryChats chats{clock};
  RecordingReplies replies;
  ScriptedLlm llm{clock};
  Limits limits;
  TurnKey turn{"c-1", "m-1", epoch_ms(clock.now())};
  milliseconds lifetime{600'000};
  bool separate_reasoning = false;
  bool timings = false;
};

TEST_F(Generate, AsksTheNodeForTimesWhenItsClientDid) {
  llm.text(1, "Hello").end(2);
  run();
  EXPECT_FALSE(llm.requests.back().timings);
  chats.begin_turn(turn, "title");
  timings = true;
  run();
  EXPECT_TRUE(llm.requests.back().timings);
}

TEST_F(Generate, StreamsStoresAndCompletesATurn) {
  llm.think(120, "hm").text(300, "Hello").end(400);
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "completed");
  EXPECT_EQ(report.cause, "");
  EXPECT_EQ(report.ttft_ms, 120);
  EXPECT_EQ(report.duration_ms, 400);
  EXPECT_EQ(report.frames, 3);
  EXPECT_TRUE(report.stored);
  EXPECT_EQ(report.usage, (Usage{3, 4}));
  EXPECT_EQ(report.node_id, "node-1");

  EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}, {"assistant", "Hello"}}));
  EXPECT_EQ(chats.at("c-1").chat.sticky_cookie, "lb=1");
  EXPECT_FALSE(is_busy());
  const auto completions = replies.of<wire::Completion>();
  ASSERT_EQ(completions.size(), 1u);
  const wire::Completion& completion = completions.front();
  EXPECT_EQ(completion.text, "<think>\nhm\n</think>\n\nHello");
  EXPECT_EQ(completion.text, replies.streamed());
  EXPECT_EQ(completion.message_id, "m-1");
  EXPECT_EQ(completion.chat_id, "c-1");
  EXPECT_EQ(completion.finish_reason, "stop");
  EXPECT_EQ(completion.usage, (Usage{3, 4}));
  EXPECT_EQ(completion.ttft_ms, 120);
  EXPECT_EQ(completion.duration_ms, 400);
  EXPECT_TRUE(completion.stored);
}

TEST_F(Generate, AsksTheModelWithRolesPromptCookieAndIds) {
  chats.append({"c-1", "m-0", 1}, {"user", "q0"});
  chats.append({"c-1", "m-0", 1}, {"assistant", "a0"});
  chats.at("c-1").chat.sticky_cookie = "lb=old";
  limits.system_prompt = "Be kind.";
  llm.end(1);
  run();
  ASSERT_EQ(llm.requests.size(), 1u);
  const LlmRequest& request = llm.requests.front();
  EXPECT_EQ(request.messages,
            (Messages{{"system", "Be kind."}, {"user", "q0"}, {"assistant", "a0"}, {"user", "question"}}));
  EXPECT_EQ(request.prompt, "System: Be kind.\n\nUser: q0\n\nAssistant: a0\n\nUser: question\n\nAssistant:");
  EXPECT_EQ(request.parameters.temperature, 0.5);
  EXPECT_EQ(request.session_id, "c-1");
  EXPECT_EQ(request.session_owner, "chat\nu-1");
  EXPECT_EQ(request.request_id, "m-1");
  EXPECT_EQ(request.sticky_cookie, "lb=old");
  EXPECT_EQ(llm.timeouts, (std::vector<milliseconds>{lifetime - kDeadlineMargin}));
}

TEST_F(Generate, KeepsTheCookieThatTheBalancerDidNotRepeat) {
  chats.at("c-1").chat.sticky_cookie = "lb=old";
  llm.end(1, {"stop", {}, "", ""});
  run();
  EXPECT_EQ(chats.at("c-1").chat.sticky_cookie, "lb=old");
}

TEST_F(Generate, EndsTheTurnBeforeTheClientHearsOfIt) {
  llm.text(0, "A").end(1);
  replies.before_post = [&](const std::string&, const wire::ServerFrame& frame) {
    if (!std::holds_alternative<wire::Completion>(frame)) return;
    EXPECT_FALSE(is_busy());
    EXPECT_EQ(chats.contents("c-1").size(), 2u);
  };
  EXPECT_EQ(run().outcome, "completed");
}

TEST_F(Generate, RunsATurnOnceWhenItsEventComesAgainAfterwards) {
  llm.text(0, "A").end(1);
  EXPECT_EQ(run().outcome, "completed");
  const std::size_t posts = replies.posts.size();
  const GenerateReport again = run();
  EXPECT_EQ(again.outcome, "duplicate");
  EXPECT_EQ(again.frames, 0);
  EXPECT_EQ(replies.posts.size(), posts);
  EXPECT_EQ(llm.requests.size(), 1u);
}

TEST_F(Generate, RunsATurnOnceWhenItsEventComesAgainMeanwhile) {
  llm.text(0, "A").end(100);
  bool asked = false;
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    if (std::exchange(asked, true)) return;
    EXPECT_EQ(run().outcome, "duplicate");
    EXPECT_TRUE(is_busy()) << "the duplicate must not end the other run's turn";
  };
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(llm.requests.size(), 1u);
  EXPECT_EQ(replies.of<wire::Completion>().size(), 1u);
}

TEST_F(Generate, EndsATurnWhoseEarlierRunDied) {
  chats.claim(turn);
  clock.advance(milliseconds(MemoryChats::kExpiryMs));
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "internal");
  EXPECT_EQ(report.cause, "an earlier run of this turn died");
  expect_error("internal");
  EXPECT_TRUE(llm.requests.empty());
}

TEST_F(Generate, LeavesAFailedClaimToTheCallersRetry) {
  chats.faults["claim"] = throttles();
  EXPECT_THROW(run(), Throttled);
  EXPECT_TRUE(replies.posts.empty());
  chats.faults.clear();
  llm.end(1);
  EXPECT_EQ(run().outcome, "completed");
}

TEST_F(Generate, TellsEveryFailureOfTheModel) {
  for (const char* category : {"llm_unavailable", "llm_overloaded", "llm_timeout", "internal"}) {
    replies.posts.clear();
    llm.script.clear();
    chats.begin_turn(turn, "");
    llm.text(0, "half").fail(50, category);
    const GenerateReport report = run();
    EXPECT_EQ(report.outcome, category);
    EXPECT_EQ(report.cause, "as scripted");
    EXPECT_EQ(replies.of<wire::ErrorFrame>().front().title, "Error processing request");
    expect_error(category);
    EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}, {"assistant", "half"}}));
    EXPECT_TRUE(chats.at("c-1").messages.rbegin()->second.partial);
  }
}

/// What the client was told that it waits for, in order.
std::vector<std::string> waits(const RecordingReplies& replies) {
  std::vector<std::string> told;
  for (const wire::Accepted& frame : replies.of<wire::Accepted>()) told.push_back(frame.waiting);
  return told;
}

TEST_F(Generate, WaitsForTheFirstNodeOfAFleetAndSaysSo) {
  limits.node_start = std::chrono::minutes(8);
  llm.no_node(0).no_node(5000).no_node(100'000).text(101'000, "Hello").end(101'500);
  EXPECT_EQ(run().outcome, "completed");
  const auto told = waits(replies);
  ASSERT_EQ(told.size(), 7u) << "every 15 s, so that its client knows that somebody is at it";
  EXPECT_EQ(told.front(),
            "The model was asleep and is starting, which takes about 8 minutes. The answer comes by itself.");
  EXPECT_EQ(told.back(),
            "The model was asleep and is starting, which takes about 7 minutes. The answer comes by itself.");
  EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}, {"assistant", "Hello"}}));
}

TEST_F(Generate, SaysWhenToAskAgainWhenNoNodeCameInTime) {
  limits.node_start = std::chrono::minutes(14);
  llm.no_node(0);
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "llm_unavailable");
  EXPECT_EQ(report.cause, "no node took the call before the deadline");
  expect_error("llm_unavailable");
  const wire::ErrorFrame error = replies.of<wire::ErrorFrame>().front();
  EXPECT_EQ(error.text, "The model was asleep and is still starting. Please ask again in about 5 minutes.");
  EXPECT_EQ(error.retry_after_ms, 241'000);
}

TEST_F(Generate, StopsWaitingForANodeWhenItsClientDoes) {
  limits.node_start = std::chrono::minutes(8);
  llm.no_node(0);
  replies.gone.insert("conn");
  EXPECT_EQ(run().outcome, "gone");
  EXPECT_FALSE(is_busy());
}

TEST_F(Generate, WaitsForNoNodeOfAFleetThatAlwaysHasOne) {
  llm.no_node(0).text(60'000, "late");
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "llm_unavailable");
  EXPECT_EQ(report.cause, "it answered HTTP 503");
  EXPECT_TRUE(replies.of<wire::Accepted>().empty());
  expect_error("llm_unavailable");
}

TEST_F(Generate, AnswersTheNextTurnAfterAFailedOne) {
  llm.fail(5, "llm_unavailable");
  run();
  turn = {"c-1", "m-2", turn.accepted_at_ms + 1000};
  chats.begin_turn(turn, "");
  chats.append(turn, {"user", "again"});
  llm.script.clear();
  llm.text(0, "A").end(1);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(llm.requests.back().messages, (Messages{{"user", "again"}}));
}

TEST_F(Generate, StopsOnACancellation) {
  llm.text(0, "A").text(60'000, "B");
  chats.request_cancel("c-1", "m-1");
  EXPECT_EQ(run().outcome, "cancelled");
  expect_error("cancelled");
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Generate, StopsAMarginBeforeTheDeadline) {
  lifetime = milliseconds(5'000);
  for (int at = 0; at < 10'000; at += 250) llm.text(at, "x");
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "llm_timeout");
  EXPECT_EQ(report.duration_ms, 4'000);
  expect_error("llm_timeout");
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Generate, ForgetsAClientThatIsGone) {
  llm.text(0, "A").text(100, "B").end(200);
  replies.gone = {"conn"};
  EXPECT_EQ(run().outcome, "gone");
  EXPECT_TRUE(connections.records.empty());
  EXPECT_FALSE(is_busy());
  EXPECT_EQ(llm.cancelled, 1);
  EXPECT_TRUE(replies.posts.empty());
}

TEST_F(Generate, StoresTheWholeAnswerOfAClientThatLeftAtItsEnd) {
  llm.text(0, "A").end(1);
  replies.before_post = [&](const std::string&, const wire::ServerFrame& frame) {
    if (std::holds_alternative<wire::Completion>(frame)) replies.gone = {"conn"};
  };
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "gone");
  EXPECT_TRUE(report.stored);
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "A"}));
  EXPECT_TRUE(connections.records.empty());
  EXPECT_FALSE(is_busy());
}

TEST_F(Generate, TellsTheClientWhenAnotherTurnTookTheChat) {
  llm.text(0, "A").text(60'000, "B");
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    chats.at("c-1").holder->message_id = "m-2";
  };
  EXPECT_EQ(run().outcome, "lost");
  ASSERT_EQ(replies.of<wire::ErrorFrame>().size(), 1u);
  EXPECT_EQ(replies.of<wire::ErrorFrame>().front().category, "internal");
  EXPECT_EQ(chats.at("c-1").holder->message_id, "m-2");
  EXPECT_EQ(llm.cancelled, 1);
}

TEST_F(Generate, StopsSilentlyWhenAnotherRunHasEndedTheTurn) {
  llm.text(0, "A").text(60'000, "B");
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    chats.at("c-1").holder->message_id = "m-2";
    chats.at("c-1").turns["m-1"].ending = Ending{"internal", "", {}};
  };
  EXPECT_EQ(run().outcome, "lost");
  EXPECT_EQ(replies.posts.size(), 1u);
}

TEST_F(Generate, TellsTheClientOfATurnThatWasTakenOverBeforeItWasClaimed) {
  chats.begin_turn({"c-1", "m-2", turn.accepted_at_ms + 1}, "", "conn-2");
  EXPECT_EQ(run().outcome, "busy");
  ASSERT_EQ(replies.posts.size(), 1u);
  EXPECT_EQ(replies.posts.front().first, "conn") << "its own client, not the other turn's";
  EXPECT_EQ(replies.of<wire::ErrorFrame>().front().message_id, "m-1");
  EXPECT_EQ(chats.at("c-1").holder->message_id, "m-2");
  EXPECT_EQ(run().outcome, "duplicate") << "told once";
}

TEST_F(Generate, TellsTheClientThatTheChatIsNotKeptAnyMore) {
  chats.records.clear();
  EXPECT_EQ(run().outcome, "chat_expired");
  EXPECT_EQ(replies.of<wire::ErrorFrame>().front().category, "chat_expired");
}

TEST_F(Generate, GoesOnWhereTheClientCameBackFromTheFrameThatWasRefused) {
  llm.text(0, "A").text(100, "B").text(25'000, "C").text(25'100, "D").end(25'200);
  replies.before_post = [&](const std::string&, const wire::ServerFrame& frame) {
    const auto* chunk = std::get_if<wire::Chunk>(&frame);
    if (chunk == nullptr || chunk->text != "C") return;
    replies.gone = {"conn"};
    chats.at("c-1").chat.connection_id = "conn-2";
  };
  EXPECT_EQ(run().outcome, "completed");
  std::string seen;
  for (const auto& [connection, text] : replies.posts) {
    const auto frame = wire::parse_server_frame(text);
    if (const auto* chunk = std::get_if<wire::Chunk>(&frame))
      seen += connection + " " + std::to_string(chunk->seq) + chunk->text + ", ";
  }
  EXPECT_EQ(seen, "conn 0A, conn 1B, conn-2 2C, conn-2 3D, conn-2 4, ");
  EXPECT_EQ(replies.of<wire::Completion>().size(), 1u);
  EXPECT_EQ(llm.requests.size(), 1u);
}

TEST_F(Generate, PostsWhatACutConnectionMayHaveSwallowedOnceMore) {
  llm.text(0, "A").text(100, "B").text(700, "C").end(800);
  replies.before_post = [&](const std::string&, const wire::ServerFrame& frame) {
    const auto* chunk = std::get_if<wire::Chunk>(&frame);
    if (chunk != nullptr && chunk->text == "B") chats.at("c-1").chat.connection_id = "conn-2";
  };
  EXPECT_EQ(run().outcome, "completed");
  std::map<std::int64_t, std::string> first, second;
  for (const auto& [connection, text] : replies.posts) {
    const auto frame = wire::parse_server_frame(text);
    if (const auto* chunk = std::get_if<wire::Chunk>(&frame))
      (connection == "conn" ? first : second)[chunk->seq] = text;
  }
  EXPECT_EQ(first.size(), 2u);
  EXPECT_EQ(second.size(), 4u);
  EXPECT_EQ(second[0], first[0]) << "same seq, same bytes";
  EXPECT_EQ(second[1], first[1]);
}

TEST_F(Generate, TellsTheEndWhereTheClientCameBackJustBefore) {
  llm.text(0, "A").end(1);
  chats.faults["end_turn"] = [&] { chats.at("c-1").chat.connection_id = "conn-2"; };
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(replies.posts.back().first, "conn-2");
  EXPECT_TRUE(std::holds_alternative<wire::Completion>(wire::parse_server_frame(replies.posts.back().second)));
}

TEST_F(Generate, EndsAsGoneOnlyWithoutANewerConnectionAndKeepsWhatThereWas) {
  llm.text(0, "A").text(100, "B").end(200);
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    if (replies.posts.size() == 1) replies.gone = {"conn"};
  };
  EXPECT_EQ(run().outcome, "gone");
  EXPECT_EQ(chats.look_up("c-1", "m-1")->ending.outcome, "gone");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "A"}));
  EXPECT_TRUE(chats.at("c-1").messages.rbegin()->second.partial);
  // It begins anew under its id, and the kept part is replaced.
  replies.gone.clear();
  replies.before_post = nullptr;
  chats.restart(turn, "conn");
  llm.script.clear();
  llm.text(0, "All").end(1);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}, {"assistant", "All"}}));
  EXPECT_FALSE(chats.at("c-1").messages.rbegin()->second.partial);
  EXPECT_EQ(replies.of<wire::Chunk>()[1].seq, 0) << "each run counts from 0";
}

TEST_F(Generate, GivesWhatWasSeenOfACancelledAnswerToTheModel) {
  llm.think(0, "hm").text(0, "It is").text(60'000, "B");
  chats.request_cancel("c-1", "m-1");
  EXPECT_EQ(run().outcome, "cancelled");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "It is"}));
  turn = {"c-1", "m-2", turn.accepted_at_ms + 1000};
  chats.begin_turn(turn, "");
  chats.append(turn, {"user", "go on"});
  llm.script.clear();
  llm.text(0, "A").end(1);
  run();
  EXPECT_EQ(llm.requests.back().messages, (Messages{{"user", "question"}, {"assistant", "It is"}, {"user", "go on"}}));
}

TEST_F(Generate, KeepsReasoningApartForAClientThatAsksForIt) {
  separate_reasoning = true;
  llm.think(0, "h").think(50, "m").text(50, "Hel").text(90, "lo").end(95);
  EXPECT_EQ(run().outcome, "completed");
  std::string seen;
  for (const wire::Chunk& chunk : replies.of<wire::Chunk>())
    seen += "(" + chunk.reasoning.value() + ")" + chunk.text + (chunk.text_was_reasoning ? "!" : "");
  EXPECT_EQ(seen, "(h)(m)Hel()lo()");
  EXPECT_EQ(replies.of<wire::Completion>().front().text, "Hello");
  EXPECT_EQ(replies.of<wire::Completion>().front().reasoning, "hm");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Hello"}));
}

TEST_F(Generate, TellsThatTheAnswerSoFarWasReasoning) {
  separate_reasoning = true;
  llm.text(0, "A").text(5, "B").chunk(6, {"", true, true}).text(50, "C").end(95);
  run();
  std::string seen;
  for (const wire::Chunk& chunk : replies.of<wire::Chunk>())
    seen += (chunk.text_was_reasoning ? "!(" : "(") + chunk.reasoning.value() + ")" + chunk.text;
  EXPECT_EQ(seen, "()A!(B)()C()");
  EXPECT_EQ(replies.of<wire::Completion>().front().text, "C");
  EXPECT_EQ(replies.of<wire::Completion>().front().reasoning, "AB");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "C"}));
}

TEST_F(Generate, PutsReasoningBetweenTagsForClientsOfBefore) {
  llm.text(0, "A").text(5, "B").chunk(6, {"", true, true}).text(50, "C").fail(95, "llm_unavailable");
  run();
  EXPECT_EQ(replies.streamed(), "AB\n</think>\n\nC");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "C"})) << "the part that was seen, and was said";
}

TEST_F(Generate, KeepsAnAnswerAboutTags) {
  llm.text(0, "Write `<think>` first, `</think>` last.").end(1);
  run();
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Write `<think>` first, `</think>` last."}));
}

TEST_F(Generate, PassesOnTheEnginesOwnWords) {
  llm.fail(5, "invalid_input", "context is 4096 tokens");
  run();
  const wire::ErrorFrame error = replies.of<wire::ErrorFrame>().front();
  EXPECT_EQ(error.title, "Invalid input");
  EXPECT_EQ(error.category, "invalid_input");
  EXPECT_EQ(error.text, "The model does not take this message. The engine says: context is 4096 tokens");
}

TEST_F(Generate, SaysHowLongAFullFleetWantsToBeLeftAlone) {
  llm.refuse(5, "llm_overloaded", 2400);
  run();
  const wire::ErrorFrame error = replies.of<wire::ErrorFrame>().front();
  EXPECT_EQ(error.category, "llm_overloaded");
  EXPECT_EQ(error.text, "The model is busy with other requests. Please try again in 3 s.");
  EXPECT_EQ(error.retry_after_ms, 2400);
}

/// A node that goes after it has said something, and another one.
class HandedOver : public Generate {
 protected:
  HandedOver() {
    separate_reasoning = true;
    llm.before_start = [this] {
      if (llm.requests.empty()) return;
      llm.script.clear();
      llm.think(5, "hm").text(30, "A whole ").text(60, "answer").end(95);
    };
    chats.at("c-1").chat.sticky_cookie = "lb=gone";
  }
  /// What a client puts together of all chunks after the last beginning.
  std::string seen() const {
    std::string text;
    for (const wire::Chunk& chunk : replies.of<wire::Chunk>()) {
      if (chunk.seq == 0) text.clear();
      text += chunk.text;
    }
    return text;
  }
};

TEST_F(HandedOver, BeginsAnewOnAnotherNodeAndSaysSo) {
  llm.text(0, "Half an ").text(50, "ans").hand_over(90);
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "completed");
  EXPECT_EQ(seen(), "A whole answer");
  const auto accepted = replies.of<wire::Accepted>();
  ASSERT_EQ(accepted.size(), 1U);
  EXPECT_TRUE(accepted.front().restarted);
  EXPECT_EQ(accepted.front().message_id, "m-1");
  EXPECT_EQ(replies.of<wire::Completion>().front().text, "A whole answer");
  EXPECT_EQ(replies.of<wire::Completion>().front().reasoning, "hm");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "A whole answer"}));
  EXPECT_EQ(llm.requests.back().messages, llm.requests.front().messages);
  EXPECT_EQ(llm.requests.front().sticky_cookie, "lb=gone");
  EXPECT_EQ(llm.requests.back().sticky_cookie, "");
}

TEST_F(HandedOver, TellsNobodyWhoHasSeenNothing) {
  llm.hand_over(90);
  EXPECT_EQ(run().outcome, "completed");
  EXPECT_TRUE(replies.of<wire::Accepted>().empty());
  EXPECT_EQ(seen(), "A whole answer");
}

TEST_F(HandedOver, IsAnErrorForClientsOfBeforeThatHaveSeenSomeOfIt) {
  separate_reasoning = false;
  llm.text(0, "Half an ").hand_over(90);
  EXPECT_EQ(run().outcome, "llm_unavailable");
  EXPECT_TRUE(replies.of<wire::Accepted>().empty());
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Half an"}));
}

TEST_F(HandedOver, EndsWhenEveryNodeGoes) {
  llm.before_start = nullptr;
  llm.text(0, "Half an ").hand_over(90);
  EXPECT_EQ(run().outcome, "llm_unavailable");
  EXPECT_EQ(llm.requests.size(), 4U);
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Half an"}));
}

TEST_F(HandedOver, LeavesTheClientWhatItHasWhenNoOtherNodeSaysAWord) {
  llm.before_start = [this] {
    if (llm.requests.empty()) return;
    llm.script.clear();
    llm.refuse(5, "llm_overloaded", 2000);
  };
  llm.text(0, "Half an ").hand_over(90);
  EXPECT_EQ(run().outcome, "llm_overloaded");
  EXPECT_TRUE(replies.of<wire::Accepted>().empty());
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Half an"}));
}

TEST_F(HandedOver, PostsTheNewBeginningAgainWhereTheClientCameBack) {
  llm.before_start = [this] {
    if (llm.requests.empty()) return;
    llm.script.clear();
    llm.text(5, "New ").text(600, "answer").end(1300);
  };
  llm.text(0, "Half").hand_over(90);
  replies.before_post = [&](const std::string&, const wire::ServerFrame& frame) {
    const auto* chunk = std::get_if<wire::Chunk>(&frame);
    if (chunk != nullptr && chunk->text == "New ") chats.at("c-1").chat.connection_id = "conn-2";
  };
  run();
  std::string posted;
  for (const auto& [connection, frame] : replies.posts)
    if (connection == "conn-2") posted += frame.find("restarted") != std::string::npos ? "R" : ".";
  EXPECT_EQ(posted, "R....") << "the beginning, what was said since, the rest, its end, the completion";
}

TEST_F(Generate, ShowsAllThatWasSaidBeforeAFailure) {
  llm.text(0, "Half ").text(5, "an answer").fail(6, "llm_unavailable");
  run();
  EXPECT_EQ(replies.streamed(), "Half an answer");
  EXPECT_EQ(chats.contents("c-1").back(), (ChatMessage{"assistant", "Half an answer"}));
}

TEST_F(Generate, SendsNoAnswerToTheModelOfWhichNothingWasSeen) {
  llm.think(0, "hm").fail(50, "llm_unavailable");
  run();
  EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}}));
}

TEST_F(Generate, NeverEndsAnAnswerBecauseOfAPost) {
  llm.text(0, "A").text(50, "B").text(9'000, "C").end(9'100);
  int failures = 6;
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    if (failures-- > 0) throw Error(ErrorKind::kFailure, "502");
  };
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "completed");
  EXPECT_EQ(report.cause, "");
  EXPECT_EQ(replies.streamed(), "ABC");
  std::int64_t seq = 0;
  for (const wire::Chunk& chunk : replies.of<wire::Chunk>()) EXPECT_EQ(chunk.seq, seq++);
}

TEST_F(Generate, ToleratesAHeartbeatThatFailsWhileItsExpiryIsFar) {
  for (int at = 0; at < 30'000; at += 1'000) llm.text(at, "x");
  llm.end(30'000);
  int beats = 0;
  chats.faults["heartbeat"] = [&] {
    if (++beats % 20 != 0) throw Error(ErrorKind::kFailure, "timed out");  // one in ten seconds comes through
  };
  EXPECT_EQ(run().outcome, "completed");
}

TEST_F(Generate, CompletesWithStoredFalseWhenTheAnswerCannotBeStored) {
  chats.faults["append assistant"] = fails("table failed");
  llm.text(0, "A").end(1);
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "completed");
  EXPECT_FALSE(report.stored);
  EXPECT_EQ(report.cause, "cannot store the answer: table failed");
  ASSERT_EQ(replies.of<wire::Completion>().size(), 1u);
  EXPECT_FALSE(replies.of<wire::Completion>().front().stored);
  EXPECT_EQ(replies.of<wire::Completion>().front().text, "A");
  EXPECT_FALSE(is_busy());
}

TEST_F(Generate, CompletesEvenWhenTheTurnCannotBeEnded) {
  chats.faults["end_turn"] = fails("table failed");
  llm.text(0, "A").end(1);
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "completed");
  EXPECT_EQ(report.cause, "cannot store the answer: table failed; cannot end the turn: table failed");
  EXPECT_EQ(replies.of<wire::Completion>().size(), 1u);
}

TEST_F(Generate, EndsTheTurnWhenAPortFails) {
  for (const char* operation : {"read_back", "heartbeat"}) {
    replies.posts.clear();
    llm.script.clear();
    llm.text(0, "A").text(25'000, "B").end(40'000);
    chats.begin_turn(turn, "");
    chats.faults = {{operation, throttles()}};
    const GenerateReport report = run();
    EXPECT_EQ(report.outcome, "rate_limited") << operation;
    EXPECT_EQ(report.cause, "throttled");
    expect_error("rate_limited");
    EXPECT_EQ(llm.running, 0);
  }
}

TEST_F(Generate, ReportsEveryCauseWhenTheClientCannotBeToldEither) {
  llm.text(0, "A").end(1);
  replies.before_post = [](const std::string&, const wire::ServerFrame&) {
    throw Error(ErrorKind::kFailure, "post failed");
  };
  const GenerateReport report = run();
  EXPECT_EQ(report.outcome, "undelivered");
  EXPECT_TRUE(report.stored);
  EXPECT_EQ(report.cause, "cannot post all of the answer: post failed; cannot tell the client: post failed");
  EXPECT_FALSE(is_busy());
  EXPECT_EQ(llm.running, 0);
}

TEST_F(Generate, FailsWithoutTheChatOrTheQuestion) {
  chats.at("c-1").messages.clear();
  EXPECT_EQ(run().cause, "the question is not in the history");
  expect_error("internal");
  EXPECT_TRUE(llm.requests.empty());
}

}  // namespace
}  // namespace wsdeep::chat
