#include "session/turn_machine.h"

#include <gtest/gtest.h>

#include "support/scripted_link.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Writes what it is shown, one word each.
class Log final : public TurnView {
 public:
  void on_accepted(const wire::Accepted&) override { add("accepted"); }
  void on_waiting(const std::string& text) override { add("waits:" + text); }
  void on_text(const LlmChunk& piece) override { add("'" + piece.text + "'"); }
  void on_resumed() override { add("resumed"); }
  void on_restarted() override { add("restarted"); }
  void on_completed(const wire::Completion&, const TurnStats& now) override {
    add("completed");
    stats = now;
  }
  void on_failed(const wire::ErrorFrame& failure) override { add("failed:" + failure.category); }
  void on_done(const wire::Notice& frame) override { add("done:" + frame.title); }
  void on_history(const wire::HistoryPage& page) override { add("history:" + std::to_string(page.messages.size())); }
  void on_refused(const wire::ErrorFrame& failure) override { add("refused:" + failure.category); }
  void on_notice(const std::string& title, const std::string&) override { add("notice:" + title); }
  void on_room_message(const wire::RoomMessage& frame) override { add("room:" + frame.content); }
  void on_presence(const wire::Presence& frame) override { add("presence:" + frame.room); }
  void on_open(bool again) override { add(again ? "again" : "open"); }
  void on_lost(const Loss&, milliseconds wait) override {
    add("lost");
    last_wait = wait;
  }
  void on_end(const Loss&) override { add("end"); }

  /// All since the last call.
  std::string take() { return std::exchange(words_, {}); }

  milliseconds last_wait{0};
  TurnStats stats;

 private:
  void add(const std::string& word) { words_ += (words_.empty() ? "" : " ") + word; }
  std::string words_;
};

class TurnMachineTest : public ::testing::Test {
 protected:
  TurnMachine& machine() {
    if (!machine_) {
      machine_.emplace(link_, clock_, options_, view_);
      machine_->start();
    }
    return *machine_;
  }
  void open() {
    machine();
    link_.accept();
    view_.take();
  }
  void reconnect() {
    link_.lose();
    link_.pass(view_.last_wait);
    ASSERT_TRUE(link_.alive());
    link_.accept();
  }

  /// Asks, and returns the id under which the question went out.
  std::string ask(const std::string& text = "why?") {
    machine().ask(text, {});
    return sent_id();
  }
  std::string sent_id() {
    const auto frame = wire::parse_client_frame(link_.take_sent());
    const auto* message = std::get_if<wire::MessageFrame>(&frame);
    return message != nullptr ? message->message_id.value_or("none") : "no message";
  }

  void accept(const std::string& id, bool resumed = false, bool restarted = false) {
    link_.receive(wire::encode(wire::Accepted{id, machine().current_chat(), 0, {}, resumed, restarted}));
  }
  void piece(const std::string& id, std::int64_t seq, const std::string& text, bool last = false) {
    link_.receive(wire::encode(wire::Chunk{text, id, seq, last, 0}));
  }
  void complete(const std::string& id, const std::string& text) {
    wire::Completion frame;
    frame.text = text;
    frame.message_id = id;
    frame.usage = {1, 2};
    link_.receive(wire::encode(frame));
  }
  void fail(const std::string& id, const std::string& category) {
    link_.receive(wire::encode(wire::ErrorFrame{"Failed", "It failed.", category, id, 0}));
  }
  void notice(const std::string& title, const std::string& chat_id = "") {
    link_.receive(wire::encode(wire::Notice{title, "", chat_id, 0}));
  }

  testing::ManualClock clock_;
  testing::ScriptedLink link_{clock_};
  Log view_;
  TurnOptions options_{.chat_id = "old-chat"};
  std::optional<TurnMachine> machine_;
};

TEST_F(TurnMachineTest, AsksAndShowsTheAnswer) {
  open();
  const std::string id = ask();
  accept(id);
  clock_.advance(milliseconds(100));
  piece(id, 0, "be");
  clock_.advance(milliseconds(100));
  piece(id, 1, "cause", true);
  complete(id, "because");
  EXPECT_EQ(view_.take(), "accepted 'be' 'cause' completed");
  EXPECT_EQ(view_.stats.ttft, milliseconds(100));
  EXPECT_EQ(view_.stats.duration, milliseconds(200));
  EXPECT_EQ(view_.stats.sends, 1);
  EXPECT_FALSE(machine().answering());
}

TEST_F(TurnMachineTest, TellsWhatAnAnswerWaitsForEachTimeThatItChanges) {
  open();
  const std::string id = ask();
  accept(id);
  const auto wait = [&](const std::string& of, const std::string& text) {
    link_.receive(wire::encode(wire::Accepted{of, machine().current_chat(), 0, {}, false, false, text}));
  };
  for (const char* text : {"8 minutes", "8 minutes", "7 minutes"}) {
    wait(id, text);
    link_.pass(seconds(29));
  }
  wait("another", "9 minutes");
  EXPECT_EQ(view_.take(), "accepted waits:8 minutes waits:7 minutes");
  EXPECT_TRUE(link_.sent.empty()) << "its server is at it: nothing is asked again";
  for (int n = 0; n < 20; ++n) {
    wait(id, "7 minutes");
    link_.pass(seconds(15));
  }
  piece(id, 0, "because", true);
  complete(id, "because");
  EXPECT_EQ(view_.take(), "'because' completed");
}

TEST_F(TurnMachineTest, SendsAnIdThatTheContractAllows) {
  open();
  const std::string id = ask();
  EXPECT_LE(id.size(), 64u);
  EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"),
            std::string::npos);
}

TEST_F(TurnMachineTest, KeepsAQuestionUntilItIsConnected) {
  machine().ask("early", {});
  EXPECT_TRUE(link_.sent.empty());
  link_.accept();
  EXPECT_NE(sent_id(), "no message");
}

TEST_F(TurnMachineTest, TellsAMessageThatNoGatewayTakesAtOnce) {
  open();
  machine().ask(std::string(140'000, 'x'), {});
  EXPECT_EQ(view_.take(), "failed:invalid_input");
  EXPECT_TRUE(link_.sent.empty());
}

// ---- fault 2: /new and the next connection ----

TEST_F(TurnMachineTest, NeverTakesTheOldChatUpAfterNew) {
  open();
  machine().new_conversation();
  EXPECT_EQ(link_.take_sent(), R"({"action":"new_conversation"})");
  notice("New conversation started", "new-chat");
  EXPECT_EQ(view_.take(), "done:New conversation started");
  reconnect();
  EXPECT_EQ(link_.opened, (std::vector<std::string>{"old-chat", "new-chat"}));
}

TEST_F(TurnMachineTest, SendsANewAgainOfWhichTheAnswerWasLost) {
  open();
  machine().new_conversation();
  link_.take_sent();
  reconnect();
  EXPECT_NE(link_.opened.back(), "old-chat");
  EXPECT_FALSE(link_.opened.back().empty());
  EXPECT_EQ(link_.take_sent(), R"({"action":"new_conversation"})");
  notice("New conversation started", "new-chat");
  EXPECT_EQ(view_.take(), "lost again done:New conversation started");
  EXPECT_EQ(machine().current_chat(), "new-chat");
}

TEST_F(TurnMachineTest, AsksNothingBeforeTheNewChatIsThere) {
  open();
  machine().new_conversation();
  machine().cancel();
  EXPECT_EQ(view_.take(), "refused:cancelled");
  link_.take_sent();
  machine().ask("in the new one", {});
  EXPECT_TRUE(link_.sent.empty());
  notice("New conversation started", "new-chat");
  EXPECT_EQ(view_.take(), "notice:New conversation started");
  EXPECT_NE(sent_id(), "no message");
}

TEST_F(TurnMachineTest, StaysInTheNewChatThatWasNamedFirst) {
  open();
  machine().new_conversation();
  notice("New conversation started", "first");
  notice("New conversation started", "second");  // the frame was doubled on its way
  EXPECT_EQ(view_.take(), "done:New conversation started");
  EXPECT_EQ(machine().current_chat(), "first");
}

TEST_F(TurnMachineTest, SaysForWhichChatAQuestionIsOnceItsServerHasNamedIt) {
  const auto chat_of_question = [this] {
    const auto frame = wire::parse_client_frame(link_.take_sent());
    return std::get<wire::MessageFrame>(frame).chat_id.value_or("");
  };
  open();
  machine().ask("why?", {});
  const auto first = std::get<wire::MessageFrame>(wire::parse_client_frame(link_.sent.front()));
  EXPECT_EQ(chat_of_question(), "");
  accept(*first.message_id);
  complete(*first.message_id, "a");
  machine().new_conversation();
  link_.take_sent();
  notice("New conversation started", "new-chat");
  machine().ask("and?", {});
  EXPECT_EQ(chat_of_question(), "new-chat");
  reconnect();
  EXPECT_EQ(chat_of_question(), "new-chat");
}

TEST_F(TurnMachineTest, TakesUpTheChatThatItsServerNamed) {
  open();
  const std::string id = ask();
  link_.receive(wire::encode(wire::Accepted{id, "named", 0, {}}));
  complete(id, "a");
  reconnect();
  EXPECT_EQ(link_.opened.back(), "named");
}

// ---- fault 3: a connection that breaks before the receipt, or after it ----

TEST_F(TurnMachineTest, SendsAQuestionAgainUnderItsIdWhenTheReceiptIsLost) {
  open();
  const std::string id = ask();
  reconnect();
  EXPECT_EQ(sent_id(), id);
  accept(id, true);
  piece(id, 0, "a", true);
  complete(id, "a");
  EXPECT_EQ(view_.take(), "lost again accepted 'a' completed");
  EXPECT_EQ(view_.stats.sends, 2);
}

TEST_F(TurnMachineTest, GoesOnWithAnAnswerOnAnotherConnection) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "one ");
  reconnect();
  EXPECT_EQ(sent_id(), id);
  accept(id, true);
  piece(id, 3, "four", true);
  complete(id, "one two three four");
  EXPECT_EQ(view_.take(), "accepted 'one ' lost again resumed 'two three four' completed");
}

TEST_F(TurnMachineTest, ShowsTheWholeAnswerThatWasCompleteMeanwhile) {
  open();
  const std::string id = ask();
  accept(id);
  reconnect();
  accept(id, true);
  complete(id, "all of it");
  EXPECT_EQ(view_.take(), "accepted lost again 'all of it' completed");
}

TEST_F(TurnMachineTest, SaysThatAnAnswerBeginsAgain) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "first try");
  reconnect();
  accept(id, false, true);
  accept(id, false, true);  // doubled
  piece(id, 0, "second ");
  piece(id, 1, "try", true);
  complete(id, "second try");
  EXPECT_EQ(view_.take(), "accepted 'first try' lost again restarted 'second ' 'try' completed");
}

TEST_F(TurnMachineTest, BeginsAnAnswerAgainThatAnotherNodeTookOver) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "first ");
  piece(id, 1, "try");
  accept(id, false, true);
  EXPECT_EQ(view_.take(), "accepted 'first ' 'try'");
  piece(id, 0, "second ");
  piece(id, 1, "try", true);
  complete(id, "second try");
  EXPECT_EQ(view_.take(), "restarted 'second ' 'try' completed");
}

TEST_F(TurnMachineTest, LosesNothingToALateReceiptOfABeginning) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "one ");
  accept(id, false, true);
  piece(id, 1, "try", true);
  complete(id, "one try");
  EXPECT_EQ(view_.take(), "accepted 'one ' 'try' completed");
}

TEST_F(TurnMachineTest, TellsATurnThatEndedOtherwise) {
  open();
  const std::string id = ask();
  accept(id);
  reconnect();
  fail(id, "llm_timeout");
  EXPECT_EQ(view_.take(), "accepted lost again failed:llm_timeout");
}

TEST_F(TurnMachineTest, TellsAnAnswerWithAHoleThatCannotBeFilled) {
  open();
  const std::string id = ask();
  accept(id);
  reconnect();
  accept(id, true);
  piece(id, 5, "rest", true);
  link_.receive(R"({"message":"LLM response complete","data":{"truncated":true,"messageId":")" + id + R"("}})");
  EXPECT_EQ(view_.take(), "accepted lost again failed:internal");
}

TEST_F(TurnMachineTest, SendsNothingAgainToAServerWithIdsOfItsOwn) {
  open();
  ask();
  accept("theirs");
  piece("theirs", 0, "a");
  reconnect();
  EXPECT_EQ(view_.take(), "accepted 'a' lost failed:connection_lost again");
  EXPECT_TRUE(link_.sent.empty());
  // From now on it is known: a second turn there could be a doubled one.
  ask();
  reconnect();
  EXPECT_EQ(view_.take(), "lost failed:connection_lost again");
}

TEST_F(TurnMachineTest, AnswersWithTheIdsOfAServerThatKnowsNoOthers) {
  open();
  ask();
  accept("theirs");
  piece("theirs", 0, "a", true);
  complete("theirs", "a");
  EXPECT_EQ(view_.take(), "accepted 'a' completed");
}

TEST_F(TurnMachineTest, GivesUpAQuestionOnWhichEveryConnectionBreaks) {
  open();
  options_.answer_timeout = minutes(60);
  ask();
  std::string told;
  for (int i = 0; i < 10 && told.find("failed") == std::string::npos; ++i) {
    reconnect();
    told += view_.take();
  }
  EXPECT_NE(told.find("failed:connection_lost"), std::string::npos) << told;
}

TEST_F(TurnMachineTest, DoesNotSendAgainWhatTheServerClosedItselfOver) {
  open();
  ask();
  link_.lose(1009, "too big");
  EXPECT_EQ(view_.take(), "lost failed:invalid_input");
}

TEST_F(TurnMachineTest, TellsAQuestionOfWhichNothingIsHeard) {
  open();
  const std::string id = ask();
  accept(id);
  view_.take();
  link_.sent.clear();
  link_.pass(seconds(121));
  EXPECT_EQ(view_.take(), "failed:no_answer");
  EXPECT_NE(link_.sent.back().find("cancel"), std::string::npos);
}

TEST_F(TurnMachineTest, AsksAgainOnALivingConnectionThatLostAFrame) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "one ");
  link_.pass(seconds(31));
  EXPECT_EQ(sent_id(), id);
  accept(id, true);
  complete(id, "one two");
  EXPECT_EQ(view_.take(), "accepted 'one ' resumed 'two' completed");
}

TEST_F(TurnMachineTest, TellsAQuestionThatCouldNeverBeSent) {
  open();
  link_.lose();
  machine().ask("offline", {});
  for (int i = 0; i < 20; ++i) {
    if (link_.alive()) link_.refuse(503);
    link_.pass(seconds(10));
  }
  EXPECT_NE(view_.take().find("failed:no_answer"), std::string::npos);
}

// ---- fault 4: a half-open connection ----

TEST_F(TurnMachineTest, TakesATurnToAnotherConnectionWhenThePeerFallsSilent) {
  open();
  const std::string id = ask();
  accept(id);
  link_.answers_pings = false;
  link_.pass(seconds(10));
  EXPECT_EQ(view_.take(), "accepted lost");
  link_.pass(view_.last_wait);
  link_.answers_pings = true;
  link_.accept();
  EXPECT_EQ(sent_id(), id);
  accept(id, true);
  complete(id, "late");
  EXPECT_EQ(view_.take(), "again 'late' completed");
}

// ---- fault 5: frames that are unknown, or for somebody else ----

TEST_F(TurnMachineTest, IgnoresWhatItDoesNotKnow) {
  open();
  const std::string id = ask();
  for (const char* frame : {R"({"action":"typing_indicator"})", R"({"action":"typing_indicator","data":{"a":1}})",
                            "not json", "[]", "{}", R"({"type":"news"})", R"({"message":1})", R"({"message":"x"})",
                            R"({"action":"llm_response_chunk","data":{}})", R"({"action":7})", ""})
    link_.receive(frame);
  accept(id);
  link_.receive(R"({"action":"typing_indicator"})");
  piece(id, 0, "a", true);
  complete(id, "a");
  EXPECT_EQ(view_.take(), "accepted 'a' completed");
}

TEST_F(TurnMachineTest, GoesOnWhenSomebodySendsARoomMessage) {
  open();
  const std::string id = ask();
  accept(id);
  link_.receive(wire::encode(wire::RoomMessage{"hello", "bob", "all", "r", 0}));
  notice("Message sent");
  piece(id, 0, "a", true);
  complete(id, "a");
  EXPECT_EQ(view_.take(), "accepted room:hello notice:Message sent 'a' completed");
}

TEST_F(TurnMachineTest, IsNotFooledByFramesOfAnotherTurn) {
  open();
  const std::string id = ask();
  accept(id);
  accept("other");
  piece("other", 0, "x");
  complete("other", "x");
  fail("other", "internal");
  fail("", "internal");  // of a ping, say: this turn has an id by now
  link_.receive(wire::encode(wire::GatewayNotice{"Internal server error", "c", "r"}));
  complete(id, "a");
  EXPECT_EQ(view_.take(), "accepted 'a' completed");
}

TEST_F(TurnMachineTest, TakesAFailureWithoutAnIdForWhatAwaitsItsReceipt) {
  open();
  ask();
  fail("", "busy");
  EXPECT_EQ(view_.take(), "failed:busy");
  ask();
  link_.receive(wire::encode(wire::GatewayNotice{"Internal server error", "c", "r"}));
  EXPECT_EQ(view_.take(), "failed:internal");
}

TEST_F(TurnMachineTest, AsksAgainWhenSomethingFailedThatMayNotHaveBeenTheQuestion) {
  open();
  const std::string first = ask();
  accept(first);
  complete(first, "a");
  view_.take();
  const std::string id = ask();
  link_.receive(wire::encode(wire::GatewayNotice{"Internal server error", "c", "r"}));  // of the turn before
  accept(id);
  link_.pass(seconds(2));
  EXPECT_TRUE(link_.sent.empty());
  complete(id, "b");
  EXPECT_EQ(view_.take(), "accepted 'b' completed");

  const std::string lost = ask();
  for (int sends = 1; sends < 5; ++sends) {
    fail("", "internal");
    EXPECT_TRUE(link_.sent.empty());
    link_.pass(seconds(1));
    EXPECT_EQ(sent_id(), lost);
  }
  fail("", "internal");
  EXPECT_EQ(view_.take(), "failed:internal");
}

TEST_F(TurnMachineTest, WaitsNotForEverForAnAnswerThatOnlyBeginsAgain) {
  open();
  const std::string id = ask();
  accept(id);
  piece(id, 0, "a");
  view_.take();
  for (int times = 0; times < 4; ++times) {
    link_.pass(seconds(30));
    accept(id, false, true);
  }
  EXPECT_TRUE(machine().answering()) << "the first of them took back what had come";
  link_.pass(seconds(30));
  EXPECT_EQ(view_.take(), "restarted failed:no_answer");
}

// ---- fault 6: what comes twice ----

TEST_F(TurnMachineTest, ShowsOnceWhatComesTwice) {
  open();
  const std::string id = ask();
  for (int i = 0; i < 2; ++i) accept(id);
  for (int i = 0; i < 2; ++i) piece(id, 0, "a");
  for (int i = 0; i < 2; ++i) piece(id, 1, "b", true);
  for (int i = 0; i < 2; ++i) complete(id, "ab");
  EXPECT_EQ(view_.take(), "accepted 'a' 'b' completed");
}

TEST_F(TurnMachineTest, TakesALateReceiptOfTheTurnBeforeForNothing) {
  open();
  ask();
  accept("theirs-1");
  complete("theirs-1", "a");
  ask();
  accept("theirs-1");
  accept("theirs-2");
  complete("theirs-1", "a");
  complete("theirs-2", "b");
  EXPECT_EQ(view_.take(), "accepted 'a' completed accepted 'b' completed");
}

// ---- commands ----

TEST_F(TurnMachineTest, SendsCommandsAgainThatWereNotAnswered) {
  open();
  machine().history(5);
  const std::string frame = link_.take_sent();
  reconnect();
  EXPECT_EQ(link_.take_sent(), frame);
  link_.receive(wire::encode(wire::HistoryPage{"c", {{"user", "q", "m", 1}}, "", 0}));
  EXPECT_EQ(view_.take(), "lost again history:1");
}

TEST_F(TurnMachineTest, TakesClearForACommand) {
  open();
  machine().ask(" /clear ", {});
  EXPECT_FALSE(machine().answering());
  notice("Chat history cleared", "old-chat");
  EXPECT_EQ(view_.take(), "done:Chat history cleared");
}

TEST_F(TurnMachineTest, RefusesACommandThatIsNeverAnswered) {
  open();
  machine().history(5);
  link_.pass(seconds(121));
  EXPECT_EQ(view_.take(), "refused:no_answer");
}

TEST_F(TurnMachineTest, WaitsForNoCommandLongerThanForAnAnswer) {
  open();
  link_.lose();
  machine().new_conversation();
  for (int i = 0; i < 13; ++i) {
    link_.pass(seconds(10));
    if (link_.alive()) link_.refuse(503);
  }
  EXPECT_NE(view_.take().find("refused:no_answer"), std::string::npos);
  while (!link_.alive()) link_.pass(seconds(1));
  link_.accept();
  EXPECT_EQ(link_.take_sent(), R"({"action":"new_conversation"})");  // it was wanted, and still is
}

TEST_F(TurnMachineTest, DoesNotTakeALateRefusalOfAHistoryForThatOfTheQuestion) {
  open();
  machine().history(5);
  machine().cancel();
  EXPECT_EQ(view_.take(), "refused:cancelled");
  const std::string id = ask();
  link_.receive(
      wire::encode(wire::ErrorFrame{"Chat expired", "Nothing is kept.", "chat_expired", "", 0, {}, "history"}));
  EXPECT_EQ(view_.take(), "notice:Chat expired");
  accept(id);
  complete(id, "a");
  EXPECT_EQ(view_.take(), "accepted 'a' completed");
  machine().history(5);
  link_.receive(
      wire::encode(wire::ErrorFrame{"Chat expired", "Nothing is kept.", "chat_expired", "", 0, {}, "history"}));
  EXPECT_EQ(view_.take(), "refused:chat_expired");
}

TEST_F(TurnMachineTest, TellsACommandThatTheServerDoesNotKnow) {
  open();
  machine().new_conversation();
  link_.receive(wire::encode(wire::UnknownAction{"new_conversation", "", 0}));
  EXPECT_EQ(view_.take(), "refused:invalid_message");
}

// ---- cancelling ----

TEST_F(TurnMachineTest, CancelsARunningTurnAndHearsOfItFromTheServer) {
  open();
  const std::string id = ask();
  accept(id);
  machine().cancel();
  EXPECT_EQ(link_.take_sent(), wire::encode(wire::CancelFrame{id}));
  notice("Cancellation requested");
  fail(id, "cancelled");
  EXPECT_EQ(view_.take(), "accepted notice:Cancellation requested failed:cancelled");
}

TEST_F(TurnMachineTest, CancelsOnceTheTurnIsKnown) {
  open();
  const std::string id = ask();
  machine().cancel();
  EXPECT_TRUE(link_.sent.empty());
  accept(id);
  EXPECT_EQ(link_.take_sent(), wire::encode(wire::CancelFrame{id}));
}

TEST_F(TurnMachineTest, CancelsAtOnceWhileItIsNotConnected) {
  open();
  const std::string id = ask();
  link_.lose();
  machine().cancel();
  EXPECT_EQ(view_.take(), "lost failed:cancelled");
  link_.pass(view_.last_wait);
  link_.accept();
  EXPECT_EQ(link_.sent, (std::vector{wire::encode(wire::CancelFrame{id})}));  // the server may still run it
}

TEST_F(TurnMachineTest, EndsWithWhatWasUnderWay) {
  open();
  ask();
  machine().close();
  link_.pass(milliseconds(500));
  EXPECT_EQ(view_.take(), "end");
  EXPECT_FALSE(machine().answering());
}

TEST_F(TurnMachineTest, SetsNoTimerForAFrame) {
  open();
  const std::string id = ask();
  accept(id);
  const int before = link_.alarms_set;
  for (int i = 0; i < 1000; ++i) piece(id, i, "x");
  EXPECT_EQ(link_.alarms_set, before);
}

}  // namespace
}  // namespace wsdeep::session
