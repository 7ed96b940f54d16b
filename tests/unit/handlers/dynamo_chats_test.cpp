#include "handlers/dynamo_chats.h"

#include "support/handlers_fixture.h"

namespace wsdeep::handlers {
namespace {

using chat::Admission;
using chat::Claim;
using chat::Ended;
using chat::KnownTurn;
using testing::Cloud;
using testing::json;

/// The chat c-1 of user u-1.
class DynamoChatsTest : public testing::HandlersTest {
 protected:
  DynamoChatsTest() { chats_.open("c-1", "u-1"); }

  Admission accept(const chat::TurnKey& turn, const std::string& connection = "conn") {
    return new_chats().accept(turn, {"question", "title", connection});
  }
  Admission::Verdict verdict(const chat::TurnKey& turn) { return accept(turn).verdict; }
  KnownTurn::State state() { return chats_.look_up("c-1", "m-1")->state; }
  std::string message(int which) {
    return "msg#" + std::to_string(turn_.accepted_at_ms) + "#m-1#" + std::to_string(which);
  }
  chat::TurnEnd end(std::string outcome, std::string connection = "conn") {
    chat::TurnEnd end;
    end.ending = {std::move(outcome), "stop", Usage{3, 4}};
    end.connection_id = std::move(connection);
    end.answer = "answer";
    return end;
  }

  chat::TurnKey turn_{"c-1", "m-1", epoch_ms(clock_.now())};
  chat::TurnKey other_{"c-1", "m-2", epoch_ms(clock_.now()) + 1};
};

TEST_F(DynamoChatsTest, AcceptsATurnWithItsQuestionInOneStep) {
  cloud_.take_counts();
  EXPECT_EQ(verdict(turn_), Admission::Verdict::kAccepted);
  EXPECT_EQ(cloud_.take_counts(), (std::map<std::string, int>{{"TransactWriteItems", 1}}));
  EXPECT_EQ(item("c-1", message(0))["content"]["S"], "question");
  EXPECT_EQ(item("c-1", "meta")["connectionId"]["S"], "conn");
  EXPECT_EQ(item("c-1", "meta")["title"]["S"], "title");
  EXPECT_EQ(chats_.find("c-1")->connection_id, "conn");
}

TEST_F(DynamoChatsTest, KeepsNoQuestionOfATurnThatFindsTheChatBusy) {
  accept(turn_);
  EXPECT_EQ(verdict(other_), Admission::Verdict::kBusy);
  EXPECT_EQ(chats_.read_back("c-1", 0, "", 10)->messages.size(), 1u);
  clock_.advance(chat::kTurnExpiry + std::chrono::milliseconds(1));
  EXPECT_EQ(verdict(other_), Admission::Verdict::kAccepted);
}

TEST_F(DynamoChatsTest, RecognisesItsOwnAcceptWhoseAnswerWasLost) {
  cloud_.will("TransactWriteItems", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(verdict(turn_), Admission::Verdict::kAccepted);
  EXPECT_EQ(cloud_.count("TransactWriteItems"), 2);
}

TEST_F(DynamoChatsTest, KeepsWhatWasSaidInARoomOnce) {
  const chat::TurnKey said{"room#ops", "m-1", 1000}, again{"room#ops", "m-1", 2000};
  const chat::Question question{"hello", "ops", "room#ops", "u-1", "alice"};
  cloud_.will("TransactWriteItems", {Cloud::Fault::kAnswerLost});
  chats_.keep(said, question);
  new_chats().keep(again, question);
  const auto slice = chats_.read_back("room#ops", 0, "", 10);
  ASSERT_EQ(slice->messages.size(), 1u);
  EXPECT_EQ(slice->messages.front().sender, "u-1");
  EXPECT_EQ(slice->messages.front().sender_name, "alice");
  EXPECT_EQ(slice->messages.front().timestamp_ms, epoch_ms(clock_.now()));
}

TEST_F(DynamoChatsTest, KnowsATurnAgainInEveryState) {
  accept(turn_);
  EXPECT_EQ(accept(turn_).known.state, KnownTurn::State::kWaiting);
  chats_.claim(turn_);
  clock_.advance(std::chrono::seconds(3));
  const Admission running = accept({"c-1", "m-1", epoch_ms(clock_.now())});
  EXPECT_EQ(running.verdict, Admission::Verdict::kKnown);
  EXPECT_EQ(running.known.state, KnownTurn::State::kRunning);
  EXPECT_EQ(running.known.accepted_at_ms, turn_.accepted_at_ms) << "its first place in the history";
  chats_.end_turn(turn_, end("completed"));
  const Admission ended = accept(turn_);
  EXPECT_EQ(ended.known.state, KnownTurn::State::kEnded);
  EXPECT_EQ(ended.known.ending.outcome, "completed");
  EXPECT_EQ(ended.known.ending.finish_reason, "stop");
  EXPECT_EQ(ended.known.ending.usage, (Usage{3, 4}));
  EXPECT_EQ(chats_.answer_of(turn_), "answer");
  accept(other_);
  EXPECT_EQ(accept(turn_).known.state, KnownTurn::State::kEnded) << "also while another turn has the chat";
}

TEST_F(DynamoChatsTest, KeepsAnUnknownUsageUnknown) {
  accept(turn_);
  chats_.claim(turn_);
  chat::TurnEnd silent = end("completed");
  silent.ending.usage.reset();
  chats_.end_turn(turn_, silent);
  EXPECT_EQ(accept(turn_).known.ending.usage, std::nullopt);
}

TEST_F(DynamoChatsTest, KeepsWhatTheCacheSavedAndWhatWasReasoning) {
  accept(turn_);
  chats_.claim(turn_);
  chat::TurnEnd whole = end("completed");
  whole.ending.usage = {120, 48, 96, 20};
  chats_.end_turn(turn_, whole);
  EXPECT_EQ(accept(turn_).known.ending.usage, (Usage{120, 48, 96, 20}));
}

TEST_F(DynamoChatsTest, TellsATurnThatDied) {
  accept(turn_);
  chats_.claim(turn_);
  clock_.advance(chat::kTurnExpiry + std::chrono::milliseconds(1));
  EXPECT_EQ(accept(turn_).known.state, KnownTurn::State::kDied);
  accept(other_);
  EXPECT_EQ(state(), KnownTurn::State::kDied) << "another turn has taken the chat";
}

TEST_F(DynamoChatsTest, SaysThatTheChatIsGoneWhateverIsAsked) {
  accept(turn_);
  remove_item("c-1", "meta");
  EXPECT_EQ(verdict(other_), Admission::Verdict::kNoChat);
  EXPECT_EQ(chats_.claim(turn_).state, Claim::State::kNoChat);
  EXPECT_EQ(chats_.end_turn(turn_, end("completed")).verdict, Ended::Verdict::kNoChat);
  EXPECT_FALSE(chats_.clear("c-1", 5));
  EXPECT_EQ(chats_.request_cancel("c-1", std::nullopt), std::nullopt);
  EXPECT_EQ(item("c-1", "meta"), json()) << "nothing of it comes back as half an item";
}

TEST_F(DynamoChatsTest, ClaimsOnceAndReturnsTheChat) {
  accept(turn_);
  cloud_.take_counts();
  const Claim claim = chats_.claim(turn_);
  EXPECT_EQ(claim.state, Claim::State::kMine);
  EXPECT_EQ(claim.chat.user_id, "u-1");
  EXPECT_EQ(claim.chat.connection_id, "conn");
  EXPECT_EQ(cloud_.take_counts(), (std::map<std::string, int>{{"UpdateItem", 1}})) << "no read before the first token";
  EXPECT_EQ(chats_.claim(turn_).state, Claim::State::kMine) << "our own, sent again";
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kDuplicate);
  chats_.end_turn(turn_, end("completed"));
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kDuplicate) << "after the end";
}

TEST_F(DynamoChatsTest, TellsAClaimThatAnotherTurnCameBefore) {
  accept(turn_);
  clock_.advance(chat::kTurnExpiry + std::chrono::milliseconds(1));
  accept(other_);
  EXPECT_EQ(chats_.claim(turn_).state, Claim::State::kSuperseded);
  EXPECT_EQ(chats_.end_turn(turn_, end("busy")).verdict, Ended::Verdict::kEnded);
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kDuplicate) << "told once";
  EXPECT_EQ(chats_.claim(other_).state, Claim::State::kMine);
}

TEST_F(DynamoChatsTest, RecognisesItsOwnTakeOverWhoseAnswerWasLost) {
  accept(turn_);
  new_chats().claim(turn_);
  clock_.advance(chat::kTurnExpiry + std::chrono::milliseconds(1));
  cloud_.will("UpdateItem", {Cloud::Fault::kNone, Cloud::Fault::kAnswerLost});  // the claim is refused first
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kAbandoned);
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kDuplicate);
}

TEST_F(DynamoChatsTest, TakesOverARunThatDiedOnlyOnce) {
  accept(turn_);
  new_chats().claim(turn_);
  clock_.advance(chat::kTurnExpiry + std::chrono::milliseconds(1));
  cloud_.take_counts();
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kAbandoned);
  EXPECT_EQ(cloud_.take_counts(), (std::map<std::string, int>{{"UpdateItem", 2}}));
  EXPECT_EQ(new_chats().claim(turn_).state, Claim::State::kDuplicate);
}

/// Lambda runs an invocation again under its id when the run before has failed, and now and then though it has not.
TEST_F(DynamoChatsTest, LetsARetryOfTheSameInvocationTakeOverSoonerThanAStranger) {
  accept(turn_);
  EXPECT_EQ(new_chats("r-7").claim(turn_).state, Claim::State::kMine);
  EXPECT_EQ(new_chats("r-7").claim(turn_).state, Claim::State::kDuplicate) << "delivered twice: the other one lives";
  clock_.advance(chat::kRetriedRunExpiry + std::chrono::milliseconds(1));
  EXPECT_EQ(new_chats("r-8").claim(turn_).state, Claim::State::kDuplicate);
  EXPECT_EQ(new_chats("r").claim(turn_).state, Claim::State::kDuplicate);
  EXPECT_EQ(new_chats("r-7").claim(turn_).state, Claim::State::kAbandoned);
  EXPECT_EQ(new_chats("r-7").claim(turn_).state, Claim::State::kDuplicate);
}

TEST_F(DynamoChatsTest, HearsAtTheHeartbeatOfACancellationAndOfANewConnection) {
  accept(turn_);
  chats_.claim(turn_);
  EXPECT_EQ(new_chats().request_cancel("c-1", "another"), std::nullopt);
  EXPECT_FALSE(chats_.heartbeat(turn_).cancel_requested);
  EXPECT_TRUE(new_chats().move(turn_, "conn-2"));
  EXPECT_EQ(chats_.heartbeat(turn_).connection_id, "conn-2");
  EXPECT_EQ(new_chats().request_cancel("c-1", "m-1"), "m-1");
  EXPECT_TRUE(chats_.heartbeat(turn_).cancel_requested);
}

TEST_F(DynamoChatsTest, EndsATurnAndKeepsItsAnswerInOneStep) {
  accept(turn_);
  chats_.claim(turn_);
  chat::TurnEnd partial = end("cancelled");
  partial.partial = true;
  partial.sticky_cookie = "lb=1";
  cloud_.take_counts();
  cloud_.will("TransactWriteItems", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(chats_.end_turn(turn_, partial).verdict, Ended::Verdict::kEnded) << "also when its first answer was lost";
  EXPECT_EQ(cloud_.take_counts(), (std::map<std::string, int>{{"TransactWriteItems", 2}}));
  EXPECT_EQ(chats_.find("c-1")->sticky_cookie, "lb=1");
  const auto messages = chats_.read_back("c-1", 0, "", 10)->messages;
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].content, "answer");
  EXPECT_TRUE(messages[0].partial);
  EXPECT_FALSE(messages[1].partial);
  EXPECT_EQ(verdict(other_), Admission::Verdict::kAccepted) << "the chat is free";
}

TEST_F(DynamoChatsTest, EndsNoTurnWhoseClientWaitsElsewhere) {
  accept(turn_);
  chats_.claim(turn_);
  new_chats().move(turn_, "conn-2");
  const Ended moved = chats_.end_turn(turn_, end("gone", "conn"));
  EXPECT_EQ(moved.verdict, Ended::Verdict::kMoved);
  EXPECT_EQ(moved.connection_id, "conn-2");
  EXPECT_EQ(state(), KnownTurn::State::kRunning);
  EXPECT_EQ(item("c-1", message(1)), json());
  EXPECT_EQ(chats_.end_turn(turn_, end("gone", "conn-2")).verdict, Ended::Verdict::kEnded);
  EXPECT_FALSE(new_chats().move(turn_, "conn-3")) << "it does not live any more";
}

TEST_F(DynamoChatsTest, KeepsARunThatWasReplacedFromTheNextOneOfTheSameTurn) {
  accept(turn_);
  auto first = new_chats();
  first.claim(turn_);
  first.end_turn(turn_, end("gone"));
  EXPECT_FALSE(chats_.look_up("c-1", "m-1")->restarted);
  EXPECT_EQ(new_chats().restart(turn_, "conn-2").verdict, Admission::Verdict::kAccepted);
  EXPECT_EQ(state(), KnownTurn::State::kWaiting);
  EXPECT_TRUE(chats_.look_up("c-1", "m-1")->restarted);
  chats_.claim(turn_);
  EXPECT_TRUE(first.heartbeat(turn_).lost);
  EXPECT_EQ(first.end_turn(turn_, end("completed", "conn-2")).verdict, Ended::Verdict::kElsewhere);
  EXPECT_EQ(chats_.end_turn(turn_, end("completed", "conn-2")).verdict, Ended::Verdict::kEnded);
}

TEST_F(DynamoChatsTest, RestartsOnlyWhatIsGoneOrDead) {
  accept(turn_);
  chats_.claim(turn_);
  chats_.end_turn(turn_, end("cancelled"));
  EXPECT_EQ(chats_.restart(turn_, "conn").verdict, Admission::Verdict::kKnown);
  accept(other_);
  chat::TurnKey third{"c-1", "m-3", turn_.accepted_at_ms + 2};
  EXPECT_EQ(chats_.restart(third, "conn").verdict, Admission::Verdict::kBusy);
}

TEST_F(DynamoChatsTest, ProlongsAChatThatIsUsed) {
  const std::int64_t first = ttl("c-1", "meta");
  clock_.advance(std::chrono::hours(1));
  chats_.open("c-1", "u-1");
  EXPECT_EQ(ttl("c-1", "meta"), first + 3600);
  clock_.advance(std::chrono::hours(1));
  accept(turn_);
  EXPECT_EQ(ttl("c-1", "meta"), first + 7200);
}

TEST_F(DynamoChatsTest, OpensAChatInOneCall) {
  cloud_.take_counts();
  EXPECT_EQ(chats_.open("c-9", "u-1").user_id, "u-1");
  EXPECT_EQ(chats_.open("c-9", "u-1").chat_id, "c-9");
  EXPECT_EQ(cloud_.take_counts(), (std::map<std::string, int>{{"UpdateItem", 2}}));
  EXPECT_EQ(chats_.open("c-9", "u-2").user_id, "u-1") << "somebody else's stays so";
}

TEST_F(DynamoChatsTest, BeginsAnewUnderTheIdOfAChatWhoseTimeIsOver) {
  accept(turn_);
  clock_.advance(kRetention + std::chrono::seconds(1));
  const chat::Chat anew = chats_.open("c-1", "u-2");  // not swept yet
  EXPECT_EQ(anew.user_id, "u-2");
  EXPECT_TRUE(chats_.read_back("c-1", anew.history_from_ms, "", 10)->messages.empty());
}

TEST_F(DynamoChatsTest, IsSweptWhole) {
  accept(turn_);
  clock_.advance(kRetention + std::chrono::seconds(1));
  cloud_.sweep(clock_.now());
  EXPECT_EQ(item("c-1", "meta"), json());
  EXPECT_EQ(item("c-1", "turn#m-1"), json());
  EXPECT_EQ(item("c-1", message(0)), json());
}

TEST_F(DynamoChatsTest, PagesByCursorsAndKnowsTheWrongOnes) {
  accept(turn_);
  chats_.claim(turn_);
  chats_.end_turn(turn_, end("completed"));
  const auto newest = chats_.read_back("c-1", 0, "", 1);
  EXPECT_EQ(newest->messages.front().content, "answer");
  const auto oldest = chats_.read_back("c-1", 0, newest->next, 5);
  EXPECT_EQ(oldest->messages.front().content, "question");
  EXPECT_EQ(oldest->next, "");
  const std::int64_t cleared_at = turn_.accepted_at_ms + 5;
  EXPECT_EQ(chats_.read_back("c-1", cleared_at, newest->next, 5), std::nullopt) << "from before /clear";
  for (const char* made_up : {"meta", "msg#", "msg#~", "msg#1#m-1#0", "msg#17000000000000#m#0", "msg#1700000000000##0",
                              "msg#1700000000000#m#2", "msg#1700000000000#m#0#0", "turn#m-1", "zzz", "\xff"})
    EXPECT_EQ(chats_.read_back("c-1", 0, made_up, 5), std::nullopt) << made_up;
}

}  // namespace
}  // namespace wsdeep::handlers
