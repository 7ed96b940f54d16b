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
    return generate(event, {connections, chats, replies, llm, clock}, limits, clock.steady_now() + lifetime);
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
  MemoryChats chats{clock};
  RecordingReplies replies;
  ScriptedLlm llm{clock};
  Limits limits;
  TurnKey turn{"c-1", "m-1", epoch_ms(clock.now())};
  milliseconds lifetime{600'000};
};

TEST_F(Generate, StreamsStoresAndCompletesATurn) {
  llm.text(120, "<think>hm</think>").text(300, "Hello").end(400);
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
  EXPECT_EQ(completion.text, "<think>hm</think>Hello");
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
    EXPECT_EQ(chats.contents("c-1"), (Messages{{"user", "question"}})) << "no half answer in the history";
  }
}

TEST_F(Generate, AnswersTheNextTurnAfterAFailedOne) {
  llm.fail(5, "llm_unavailable");
  run();
  turn = {"c-1", "m-2", turn.accepted_at_ms + 1000};
  ASSERT_TRUE(chats.begin_turn(turn, ""));
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

TEST_F(Generate, StopsSilentlyWhenTheTurnWasTakenOver) {
  llm.text(0, "A").text(60'000, "B");
  replies.before_post = [&](const std::string&, const wire::ServerFrame&) {
    chats.at("c-1").holder->message_id = "m-2";
  };
  EXPECT_EQ(run().outcome, "lost");
  EXPECT_EQ(replies.posts.size(), 1u);
  EXPECT_EQ(chats.at("c-1").holder->message_id, "m-2");
  EXPECT_EQ(llm.cancelled, 1);
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
  EXPECT_EQ(report.cause, "cannot end the turn: table failed");
  EXPECT_EQ(replies.of<wire::Completion>().size(), 1u);
}

TEST_F(Generate, EndsTheTurnWhenAPortFails) {
  for (const char* operation : {"find", "read_back", "heartbeat"}) {
    replies.posts.clear();
    llm.script.clear();
    llm.text(0, "A").text(10'000, "B").end(20'000);
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
  EXPECT_EQ(report.outcome, "internal");
  EXPECT_EQ(report.cause, "post failed; cannot tell the client: post failed");
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
