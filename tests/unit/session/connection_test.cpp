#include "session/connection.h"

#include <gtest/gtest.h>

#include "support/scripted_link.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class ConnectionTest : public ::testing::Test, public Connection::Owner {
 protected:
  ConnectionTest() {
    options_.random = [] { return 0.5; };
  }

  std::string chat_id() const override { return "chat"; }
  bool expects_answer() const override { return busy_; }
  void on_open(bool again) override { log_ += again ? "again " : "open "; }
  void on_frame(const std::string& frame) override { log_ += frame + " "; }
  void on_lost(const Loss& loss, milliseconds wait) override {
    log_ += "lost:" + std::to_string(loss.close_code) + " ";
    waits_.push_back(wait);
  }
  void on_end(const Loss& loss) override {
    log_ += "end ";
    end_ = loss;
  }

  Connection& connection() {
    if (!connection_) {
      connection_.emplace(link_, clock_, options_, *this);
      connection_->start();
    }
    return *connection_;
  }
  void open() {
    connection();
    link_.accept();
  }

  testing::ManualClock clock_;
  testing::ScriptedLink link_{clock_};
  ConnectionOptions options_;
  bool busy_ = false;
  std::string log_;
  std::vector<milliseconds> waits_;
  Loss end_;
  std::optional<Connection> connection_;
};

// ---- fault 1: the reconnect storm ----

TEST_F(ConnectionTest, DoesNotStormAServerThatAcceptsAndCloses) {
  for (const int code : {1001, 1011}) {
    testing::ScriptedLink link(clock_);
    Connection connection(link, clock_, options_, *this);
    connection.start();
    for (int second = 0; second < 600; ++second) {
      if (link.alive()) {
        link.accept();
        link.lose(code);
      }
      link.pass(seconds(1));
    }
    // 2.2 s, 4.2 s, 8.2 s, then 15.2 s each
    EXPECT_LT(link.opened.size(), 50u) << code;
    const auto& at = link.opened_at();
    EXPECT_LE(std::count_if(at.begin(), at.end(), [&](SteadyTime t) { return t - at.front() < seconds(5); }), 3);
  }
}

TEST_F(ConnectionTest, WaitsLongerAfterEachConnectionThatDidNotStand) {
  open();
  link_.lose(1001);
  link_.pass(waits_.back());
  link_.accept();
  link_.pass(seconds(9));
  link_.lose(1001);
  EXPECT_LT(waits_[0], waits_[1]);
}

TEST_F(ConnectionTest, LosesItsConnectionWhenToldToAndComesBack) {
  open();
  connection().lose("storm");
  EXPECT_FALSE(link_.alive());
  EXPECT_EQ(log_, "open lost:1006 ");
  link_.pass(waits_.back());
  link_.accept();
  EXPECT_EQ(log_, "open lost:1006 again ");
  connection().close();
  connection().lose("storm");
  EXPECT_EQ(log_, "open lost:1006 again ") << "one that is being closed is not lost";
}

TEST_F(ConnectionTest, BeginsItsWaitingAnewAfterAConnectionThatStood) {
  open();
  link_.lose(1006);
  link_.pass(waits_.back());
  link_.accept();
  link_.pass(seconds(10));
  link_.lose(1006);
  EXPECT_EQ(waits_[0], waits_[1]);
}

TEST_F(ConnectionTest, BeginsItsWaitingAnewAfterAnAnswer) {
  open();
  link_.lose(1006);
  link_.pass(waits_.back());
  link_.accept();
  connection().worked();
  link_.lose(1006);
  EXPECT_EQ(waits_[0], waits_[1]);
}

// ---- fault 4: the half-open connection ----

TEST_F(ConnectionTest, FindsADeadPeerWithinTenSilentSecondsOfARunningTurn) {
  open();
  link_.answers_pings = false;
  busy_ = true;
  connection().send("question");
  link_.pass(milliseconds(9'900));
  EXPECT_EQ(log_, "open ");
  link_.pass(milliseconds(100));
  EXPECT_EQ(log_, "open lost:1006 ");
  EXPECT_GE(link_.pings, 2);
}

TEST_F(ConnectionTest, LetsAServerThinkAsLongAsItAnswersPings) {
  open();
  busy_ = true;
  connection().send("question");
  link_.pass(minutes(10));
  EXPECT_EQ(log_, "open ");
}

TEST_F(ConnectionTest, ForgivesAFrameThatIsNotAnswered) {
  open();
  connection().send("news");
  link_.pass(minutes(3));
  EXPECT_EQ(log_, "open ");
}

TEST_F(ConnectionTest, LetsALongMessageTakeItsTime) {
  open();
  link_.answers_pings = false;
  busy_ = true;
  connection().send(std::string(100'000, 'x'));
  for (link_.unconfirmed = 100'000; link_.unconfirmed > 1'000; link_.unconfirmed -= 1'000) link_.pass(seconds(1));
  EXPECT_EQ(log_, "open ");
  link_.pass(seconds(13));  // now nothing moves any more
  EXPECT_EQ(log_, "open lost:1006 ");
}

TEST_F(ConnectionTest, FindsADeadPeerSoonAfterSendingToIt) {
  open();
  link_.pass(seconds(20));
  link_.answers_pings = false;
  connection().send("news");
  link_.pass(seconds(10));
  EXPECT_EQ(log_, "open lost:1006 ");
}

TEST_F(ConnectionTest, FindsADeadPeerOfAnIdleConnectionToo) {
  open();
  link_.answers_pings = false;
  link_.pass(seconds(39));
  EXPECT_EQ(log_, "open ");
  link_.pass(seconds(1));
  EXPECT_EQ(log_, "open lost:1006 ");
}

TEST_F(ConnectionTest, GivesAnOpeningUpThatDoesNotEnd) {
  connection();
  link_.pass(options_.open_timeout);
  EXPECT_EQ(log_, "end ");
  EXPECT_FALSE(link_.alive());
}

TEST_F(ConnectionTest, TriesAgainWhenALaterOpeningDoesNotEnd) {
  open();
  link_.lose();
  link_.pass(waits_.back() + options_.open_timeout);
  EXPECT_EQ(log_, "open lost:1006 lost:0 ");
  EXPECT_TRUE(std::holds_alternative<Waiting>(connection().state()));
}

TEST_F(ConnectionTest, BlamesNoPeerForHavingSleptItself) {
  open();
  busy_ = true;
  connection().send("question");
  link_.oversleep(minutes(5));
  EXPECT_EQ(log_, "open ");
  link_.receive("answer");
  EXPECT_EQ(log_, "open answer ");
}

// ---- the rest ----

TEST_F(ConnectionTest, KeepsAnIdleConnectionFromBeingEnded) {
  open();
  link_.pass(minutes(9));
  EXPECT_EQ(link_.sent, (std::vector<std::string>{R"({"action":"ping"})", R"({"action":"ping"})"}));
}

TEST_F(ConnectionTest, ReportsAServerThatWasNeverReachedAtOnce) {
  connection();
  link_.refuse(0);
  EXPECT_EQ(log_, "end ");
}

TEST_F(ConnectionTest, TriesAgainWhereTooManyCall) {
  connection();
  link_.refuse(429);
  EXPECT_EQ(log_, "lost:0 ");
}

TEST_F(ConnectionTest, EndsWhereItIsRefusedForGood) {
  open();
  link_.lose();
  link_.pass(waits_.back());
  link_.refuse(403, true);
  EXPECT_EQ(log_, "open lost:1006 end ");
}

TEST_F(ConnectionTest, EndsWithItsFirstLossWithoutReconnecting) {
  options_.reconnect = false;
  open();
  link_.lose(1001);
  EXPECT_EQ(log_, "open end ");
  EXPECT_EQ(end_.close_code, 1001);
}

TEST_F(ConnectionTest, ClosesWithinHalfASecondWhateverThePeerDoes) {
  open();
  connection().close();
  EXPECT_EQ(link_.closes, 1);
  EXPECT_FALSE(connection().send("late"));
  link_.pass(milliseconds(500));
  EXPECT_EQ(log_, "open end ");
}

TEST_F(ConnectionTest, ClosesSoonerWhenItIsToldToAgain) {
  open();
  connection().close(seconds(3));
  link_.pass(seconds(1));
  connection().close();
  link_.pass(milliseconds(500));
  EXPECT_EQ(log_, "open end ");
  EXPECT_EQ(link_.closes, 1);
}

TEST_F(ConnectionTest, ClosesAtOnceWhatIsNotOpen) {
  connection().close();
  EXPECT_EQ(log_, "end ");
  EXPECT_FALSE(link_.alive());
  EXPECT_EQ(end_.close_code, 1000);
}

TEST_F(ConnectionTest, ClosesWhileItWaits) {
  open();
  link_.lose();
  connection().close();
  link_.pass(minutes(1));
  EXPECT_EQ(log_, "open lost:1006 end ");
  EXPECT_EQ(link_.opened.size(), 1u);
}

}  // namespace
}  // namespace wsdeep::session
