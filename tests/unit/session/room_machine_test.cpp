#include "session/room_machine.h"

#include <gtest/gtest.h>

#include <utility>

#include "support/scripted_link.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Writes what it is shown, one word each.
class RoomLog final : public RoomView {
 public:
  void on_said(const RoomSaid& said) override {
    add((said.earlier ? "earlier:" : said.to_me ? "to-me:" : "said:") + said.name + ":" + said.text);
  }
  void on_presence(const wire::Presence& presence) override {
    const char* const events[] = {"came:", "went:", "there:"};
    std::string names;
    for (const wire::Occupant& member : presence.members) names += (names.empty() ? "" : ",") + member.name;
    add(events[static_cast<int>(presence.event)] + names);
  }
  void on_text(const std::string& text) override { add("'" + text + "'"); }
  void on_text_restarted() override { add("restarted"); }
  void on_answered(const std::string& remark) override { add("answered" + (remark.empty() ? "" : ":" + remark)); }
  void on_sent(const std::string&) override { add("sent"); }
  void on_refused(const wire::ErrorFrame& failure) override { add("refused:" + failure.category); }
  void on_other_failed(const wire::ErrorFrame& failure) override { add("other:" + failure.category); }
  void on_open(bool again) override { add(again ? "again" : "open"); }
  void on_lost(const Loss&, milliseconds wait) override {
    add("lost");
    last_wait = wait;
  }
  void on_end(const Loss&) override { add("end"); }

  /// All since the last call.
  std::string take() { return std::exchange(words_, {}); }
  milliseconds last_wait{0};

 private:
  void add(const std::string& word) { words_ += (words_.empty() ? "" : " ") + word; }
  std::string words_;
};

class RoomMachineTest : public ::testing::Test {
 protected:
  RoomMachineTest() { machine_.start(); }

  void be_there() {
    link_.accept();
    EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
    link_.receive(encode(wire::Presence{wire::Presence::Event::kList, "ops", {{"u-1", "me"}}, 1, 0}));
  }
  void enter() {
    be_there();
    EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{20, std::nullopt, "ops"}));
    link_.receive(encode(wire::HistoryPage{"room#ops", {}, "", 0}));
    view_.take();
  }
  void come_back() {
    link_.lose();
    link_.pass(view_.last_wait);
    ASSERT_TRUE(link_.alive());
    be_there();
  }
  wire::RoomFrame sent_message() {
    const auto frame = wire::parse_client_frame(link_.take_sent());
    const auto* message = std::get_if<wire::RoomFrame>(&frame);
    EXPECT_NE(message, nullptr);
    return message != nullptr ? *message : wire::RoomFrame{};
  }
  void hear(const std::string& id, const std::string& text, const std::string& room = "ops") {
    link_.receive(encode(wire::RoomMessage{text, "u-2", "all", id, 0, "bob", room}));
  }
  void acknowledge() { link_.receive(encode(wire::Notice{"Message sent", "Delivered to 1 connection.", "", 0})); }
  void chunk(std::int64_t seq, const std::string& text) {
    link_.receive(encode(wire::Chunk{text, "q-1", seq, false, 0}));
  }

  testing::ManualClock clock_;
  testing::ScriptedLink link_{clock_};
  RoomLog view_;
  RoomMachine machine_{link_, clock_, {.room = "ops"}, view_};
};

TEST_F(RoomMachineTest, JoinsAndShowsWhatWasSaidBefore) {
  be_there();
  EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{20, std::nullopt, "ops"}));
  link_.receive(encode(wire::HistoryPage{
      "room#ops", {{"user", "hi", "m-1", 1, false, false, "u-2", "bob"}, {"assistant", "hello", "m-1", 2}}, "", 0}));
  EXPECT_EQ(view_.take(), "open there:me earlier:bob:hi earlier:model:hello");
}

TEST_F(RoomMachineTest, ShowsEachMessageOnce) {
  enter();
  hear("m-1", "hi");
  hear("m-1", "hi");
  EXPECT_EQ(view_.take(), "said:bob:hi");
  come_back();
  EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{100, std::nullopt, "ops"}));
  link_.receive(encode(wire::HistoryPage{
      "room#ops",
      {{"user", "hi", "m-1", 1, false, false, "u-2", "bob"}, {"user", "missed", "m-2", 2, false, false, "u-2", "bob"}},
      "",
      0}));
  EXPECT_EQ(view_.take(), "lost again there:me said:bob:missed") << "what was missed, and that alone";
}

TEST_F(RoomMachineTest, TellsNothingOfOtherRooms) {
  enter();
  hear("m-1", "hi", "lobby");
  link_.receive(encode(wire::Presence{wire::Presence::Event::kJoin, "lobby", {{"u-3", "carol"}}, 1, 0}));
  EXPECT_EQ(view_.take(), "");
  link_.receive(encode(wire::RoomMessage{"psst", "u-2", "u-1", "m-2", 0, "bob", ""}));
  EXPECT_EQ(view_.take(), "to-me:bob:psst");
}

TEST_F(RoomMachineTest, SaysOneThingAfterTheOther) {
  enter();
  machine_.say("one");
  machine_.say("two");
  EXPECT_EQ(sent_message().content, "one");
  EXPECT_TRUE(link_.sent.empty());
  acknowledge();
  EXPECT_EQ(sent_message().content, "two");
  acknowledge();
  EXPECT_TRUE(machine_.is_silent());
  EXPECT_EQ(view_.take(), "sent sent");
}

TEST_F(RoomMachineTest, SaysWhatWasNotAcknowledgedAgainUnderItsId) {
  enter();
  machine_.say("one");
  const auto first = sent_message();
  come_back();
  link_.take_sent();
  const auto again = sent_message();
  EXPECT_EQ(again.message_id, first.message_id);
  EXPECT_EQ(again.content, "one");
  acknowledge();
  EXPECT_TRUE(machine_.is_silent());
}

TEST_F(RoomMachineTest, WaitsWithWhatIsSaidUntilItIsThere) {
  machine_.say("early");
  link_.accept();
  EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
  EXPECT_TRUE(link_.sent.empty());
  link_.receive(encode(wire::Presence{wire::Presence::Event::kList, "ops", {}, 0, 0}));
  link_.take_sent();
  EXPECT_EQ(sent_message().content, "early");
}

TEST_F(RoomMachineTest, SendsAFrameThatWasLostAgainAndGivesUpAtLast) {
  enter();
  machine_.say("one");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(sent_message().content, "one");
    link_.pass(seconds(30));
  }
  EXPECT_EQ(view_.take(), "refused:no_answer");
  EXPECT_TRUE(machine_.is_silent());
}

TEST_F(RoomMachineTest, GoesOnAfterARefusal) {
  enter();
  machine_.say("bad");
  machine_.say("good");
  sent_message();
  link_.receive(encode(wire::ErrorFrame{"Error", "Too long.", "invalid_input", "", 0}));
  EXPECT_EQ(view_.take(), "refused:invalid_input");
  EXPECT_EQ(sent_message().content, "good");
}

TEST_F(RoomMachineTest, KeepsToItsOwnMessageWhenAnothersQuestionFails) {
  enter();
  machine_.say("mine");
  const auto mine = sent_message();
  for (const char* category : {"model_error", "rate_limited"})
    link_.receive(encode(wire::ErrorFrame{"Error", "The model failed.", category, "of-bob", 0}));
  EXPECT_EQ(view_.take(), "other:model_error other:rate_limited");
  EXPECT_FALSE(machine_.is_silent());
  link_.receive(encode(wire::ErrorFrame{"Error", "Too long.", "invalid_input", *mine.message_id, 0}));
  EXPECT_EQ(view_.take(), "refused:invalid_input");
  EXPECT_TRUE(machine_.is_silent());
}

TEST_F(RoomMachineTest, KnowsItsOwnQuestionWhenThatFailsLater) {
  enter();
  machine_.say("@model why?");
  const auto mine = sent_message();
  acknowledge();
  link_.receive(encode(wire::ErrorFrame{"Error", "The model failed.", "model_error", *mine.message_id, 0}));
  EXPECT_EQ(view_.take(), "sent refused:model_error");
}

TEST_F(RoomMachineTest, TellsAFailureOfItsQuestionThatOvertookTheWordThatItWasSent) {
  enter();
  for (const char* category : {"rate_limited", "llm_unavailable"}) {
    machine_.say("@model why?");
    machine_.say("mine");
    const auto question = sent_message();
    link_.receive(encode(wire::ErrorFrame{"Error", "The model failed.", category, *question.message_id, 0}));
    EXPECT_EQ(view_.take(), std::string("refused:") + category);
    EXPECT_TRUE(link_.sent.empty()) << "the question is not acknowledged yet";
    acknowledge();
    EXPECT_EQ(sent_message().content, "mine");
    acknowledge();
    EXPECT_EQ(view_.take(), "sent sent");
    EXPECT_TRUE(machine_.is_silent());
  }
}

TEST_F(RoomMachineTest, AsksAgainForAHistoryThatDidNotCome) {
  be_there();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{20, std::nullopt, "ops"}));
    EXPECT_TRUE(link_.sent.empty());
    link_.pass(seconds(30));
  }
  link_.take_sent();
  link_.receive(encode(wire::HistoryPage{"room#ops", {{"user", "hi", "m-1", 1, false, false, "u-2", "bob"}}, "", 0}));
  EXPECT_EQ(view_.take(), "open there:me earlier:bob:hi");
  link_.pass(seconds(90));
  EXPECT_TRUE(link_.sent.empty()) << "it is there";
}

TEST_F(RoomMachineTest, AsksNoMoreForAHistoryThatIsRefusedForGood) {
  be_there();
  link_.take_sent();
  link_.receive(encode(wire::ErrorFrame{"Invalid input", "You are not in the room.", "invalid_input", "", 0}));
  link_.pass(seconds(120));
  EXPECT_TRUE(link_.sent.empty());
  EXPECT_EQ(view_.take(), "open there:me refused:invalid_input");
}

TEST_F(RoomMachineTest, DoesNotTakeARefusalOfItsHistoryForThatOfWhatItSays) {
  be_there();
  link_.take_sent();
  machine_.say("one");
  sent_message();
  view_.take();
  for (const char* category : {"internal", "rate_limited", "invalid_input"}) {
    link_.receive(encode(wire::ErrorFrame{"Error", "No page.", category, "", 0, {}, "history"}));
    EXPECT_EQ(view_.take(), std::string("refused:") + category);
    EXPECT_FALSE(machine_.is_silent());
  }
  link_.pass(seconds(29));
  acknowledge();
  EXPECT_EQ(view_.take(), "sent");
  machine_.say("two");
  sent_message();
  link_.receive(encode(wire::ErrorFrame{"Error", "Too long.", "invalid_input", "", 0, {}, "message"}));
  EXPECT_EQ(view_.take(), "refused:invalid_input");
  EXPECT_TRUE(machine_.is_silent());
}

TEST_F(RoomMachineTest, AsksAgainForWhatItMissedWhileItSays) {
  enter();
  come_back();
  EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{100, std::nullopt, "ops"}));
  link_.pass(seconds(20));
  machine_.say("one");
  EXPECT_EQ(sent_message().content, "one");
  link_.pass(seconds(10));
  EXPECT_EQ(link_.take_sent(), encode(wire::HistoryFrame{100, std::nullopt, "ops"}));
  EXPECT_TRUE(link_.sent.empty());
  link_.pass(seconds(20));
  EXPECT_EQ(sent_message().content, "one");
}

TEST_F(RoomMachineTest, JoinsAgainWhereNobodyAnswered) {
  machine_.say("early");
  link_.accept();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
    EXPECT_TRUE(link_.sent.empty());
    link_.pass(seconds(30));
  }
  EXPECT_EQ(view_.take(), "open");
  EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
  link_.receive(encode(wire::Presence{wire::Presence::Event::kList, "ops", {}, 0, 0}));
  link_.take_sent();
  link_.receive(encode(wire::HistoryPage{"room#ops", {}, "", 0}));
  EXPECT_EQ(sent_message().content, "early");
  acknowledge();
  link_.pass(seconds(90));
  EXPECT_TRUE(link_.sent.empty()) << "it is there";
}

TEST_F(RoomMachineTest, JoinsNoMoreWhereItIsRefusedForGood) {
  const std::string refusal = encode(wire::ErrorFrame{"Invalid input", "Rooms are disabled.", "invalid_input", "", 0});
  for (const std::string& answer : {refusal, encode(wire::UnknownAction{"join", "", 0})}) {
    link_.accept();
    view_.take();
    EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
    link_.receive(answer);
    link_.pass(seconds(120));
    EXPECT_TRUE(link_.sent.empty());
    EXPECT_EQ(view_.take(), "refused:invalid_input") << "and told once";
    link_.lose();
    view_.take();
    link_.pass(view_.last_wait);
  }
}

TEST_F(RoomMachineTest, JoinsAgainWhereThatFailed) {
  link_.accept();
  link_.take_sent();
  link_.receive(encode(wire::ErrorFrame{"Processing failed", "No table answers.", "internal", "", 0}));
  link_.receive(encode(wire::UnknownAction{"ping", "", 0}));
  link_.pass(seconds(30));
  EXPECT_EQ(link_.take_sent(), encode(wire::JoinFrame{"ops"}));
  EXPECT_EQ(view_.take(), "open refused:internal");
}

TEST_F(RoomMachineTest, SaysItSlowerWhenThatWasTooMuch) {
  enter();
  machine_.say("one");
  const auto first = sent_message();
  link_.receive(encode(wire::ErrorFrame{"Error", "Slower.", "rate_limited", "", 0, 4000}));
  machine_.say("two");
  link_.pass(milliseconds(3999));
  EXPECT_TRUE(link_.sent.empty());
  link_.pass(milliseconds(1));
  EXPECT_EQ(sent_message().message_id, first.message_id);
  acknowledge();
  EXPECT_EQ(sent_message().content, "two");
  EXPECT_EQ(view_.take(), "sent");
}

TEST_F(RoomMachineTest, ShowsTheModelsAnswerAsItComes) {
  enter();
  chunk(0, "Mem");
  chunk(0, "Mem");
  chunk(1, "ory.");
  link_.receive(encode(wire::Completion{"Memory.", "assistant", "q-1", "room#ops", "stop", {}, 1, 2, 3}));
  EXPECT_EQ(view_.take(), "'Mem' 'ory.' answered");
  EXPECT_FALSE(machine_.is_answering());
}

TEST_F(RoomMachineTest, BeginsAnAnswerAgainAndTellsWhyOneEnds) {
  enter();
  chunk(0, "Mem");
  link_.receive(encode(wire::Accepted{"q-1", "room#ops", 0, {}, false, true}));
  chunk(0, "Memo");
  machine_.cancel();
  EXPECT_EQ(link_.take_sent(), encode(wire::CancelFrame{"q-1", "ops"}));
  link_.receive(encode(wire::ErrorFrame{"Generation cancelled", "The answer was cancelled.", "cancelled", "q-1", 0}));
  EXPECT_EQ(view_.take(), "'Mem' restarted 'Memo' answered:cancelled");
}

TEST_F(RoomMachineTest, GetsAnAnswerThatItCameTooLateForWhole) {
  enter();
  chunk(5, "…rest");
  link_.receive(encode(wire::Completion{"All of it.", "assistant", "q-1", "room#ops", "stop", {}, 1, 2, 3}));
  EXPECT_EQ(view_.take(), "said:model:All of it.");
}

TEST_F(RoomMachineTest, ShowsAnAnswerWholeThatTheLineWasLostIn) {
  enter();
  chunk(0, "Mem");
  come_back();
  EXPECT_EQ(view_.take(), "'Mem' answered:the rest comes when the connection is back lost again there:me");
  link_.receive(encode(wire::HistoryPage{"room#ops", {{"assistant", "Memory.", "q-1", 2}}, "", 0}));
  EXPECT_EQ(view_.take(), "said:model:Memory.");
}

}  // namespace
}  // namespace wsdeep::session
