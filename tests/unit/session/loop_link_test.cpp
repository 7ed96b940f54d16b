#include "session/loop_link.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "base/error.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"

namespace wsdeep::session {
namespace {

using test::LoopThread;
using test::Mailbox;
using test::SilentListener;
using test::TestServer;

/// Notes what it hears of a link, and of its server.
class LoopLinkTest : public ::testing::Test, public Link::Listener {
 protected:
  ~LoopLinkTest() override {
    client_.on_loop([this] { link_.reset(); });
  }

  void on_opened() override { heard_.put("opened"); }
  void on_frame(std::string frame) override { heard_.put("frame " + frame); }
  void on_heartbeat() override { heard_.put("heartbeat"); }
  void on_drained() override { heard_.put("drained"); }
  void on_closed(const Loss& loss) override {
    heard_.put("closed " + std::to_string(loss.status) + " " + std::to_string(loss.close_code) + " " + loss.cause +
               (loss.for_good ? " for good" : ""));
  }
  void on_alarm() override { heard_.put("alarm"); }

  void open(
      const Endpoint& endpoint, TokenSource token = [](const std::stop_token&) { return "t0ken"; }) {
    client_.on_loop([&] {
      link_.emplace(client_.loop(), endpoint, std::move(token));
      link_->attach(this);
      link_->open("my chat");
    });
  }
  Endpoint at(std::uint16_t port) {
    Endpoint endpoint;
    endpoint.url = "ws://127.0.0.1:" + std::to_string(port) + "/prod";
    return endpoint;
  }

  Mailbox<std::string> heard_;
  LoopThread client_;
  std::optional<LoopLink> link_;
};

/// Accepts, says with what it was called, and echoes.
void echo(const std::shared_ptr<net::HttpExchange>& exchange) {
  const net::HttpRequest& request = exchange->request();
  const std::string called = request.target + " " + net::header(request.headers, "Authorization").value_or("none");
  exchange->accept({}, {}, [called](const std::shared_ptr<net::WebSocket>& socket) {
    net::WebSocketEvents events;
    if (!socket) return events;
    socket->send_text(called);
    events.on_message = [socket](std::string message, bool) {
      if (message.starts_with("close")) return socket->close(1011, "told to");
      socket->send_text(std::move(message));
    };
    return events;
  });
}

TEST_F(LoopLinkTest, OpensWithTokenAndChatAndCarriesFrames) {
  TestServer server(echo);
  open(at(server.port()));
  EXPECT_EQ(heard_.take(), "opened");
  EXPECT_EQ(heard_.take(), "frame /prod?sessionId=my%20chat Bearer t0ken");
  client_.on_loop([this] { link_->send("hello"); });
  EXPECT_EQ(heard_.take(), "drained");
  EXPECT_EQ(heard_.take(), "frame hello");
  client_.on_loop([this] { link_->ping(); });
  EXPECT_EQ(heard_.take(), "heartbeat");
  client_.on_loop([this] { link_->send("close"); });
  EXPECT_EQ(heard_.take(), "drained");
  EXPECT_EQ(heard_.take(), "closed 0 1011 the connection was closed (1011: told to)");
}

TEST_F(LoopLinkTest, TellsRefusalsThatAreForGoodFromOthers) {
  for (const auto& [status, told] :
       {std::pair(401, "closed 401 0 not signed in: the token was not accepted (401) for good"),
        std::pair(403, "closed 403 0 refused: this user or origin may not connect here (403) for good"),
        std::pair(429, "closed 429 0 too many connections at once (429)"),
        std::pair(503, "closed 503 0 the server answered 503: what stands behind it is not there, or too slow")}) {
    TestServer server([status = status](const auto& exchange) { exchange->respond({status, {}, "no"}); });
    open(at(server.port()));
    EXPECT_EQ(heard_.take(), told);
  }
}

TEST_F(LoopLinkTest, TellsASignInThatEndedFromAPoolThatCannotBeReached) {
  open(at(1), [](const std::stop_token&) -> std::string { throw Error(ErrorKind::kRefused, "signed out", "log in"); });
  EXPECT_EQ(heard_.take(), "closed 401 0 signed out for good");
  open(at(1), [](const std::stop_token&) -> std::string { throw Error(ErrorKind::kFailure, "no network"); });
  EXPECT_EQ(heard_.take(), "closed 0 0 no network");
}

TEST_F(LoopLinkTest, StopsATokenThatNobodyWaitsForAnyMore) {
  Mailbox<std::string> token;
  open(at(1), [&token](const std::stop_token& stop) -> std::string {
    token.put("asked");
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait(lock, stop, [] { return false; });
    token.put("stopped");
    throw Error(ErrorKind::kInterrupted, "interrupted");
  });
  EXPECT_EQ(token.take(), "asked");
  client_.on_loop([this] { link_->abandon(); });
  EXPECT_EQ(token.take(), "stopped");
  client_.on_loop([] {});
  EXPECT_TRUE(heard_.empty());
}

TEST_F(LoopLinkTest, HearsNothingOfWhatItLetGoOf) {
  TestServer server(echo);
  open(at(server.port()));
  EXPECT_EQ(heard_.take(), "opened");
  EXPECT_EQ(heard_.take(), "frame /prod?sessionId=my%20chat Bearer t0ken");
  client_.on_loop([this] {
    link_->send("hello");
    link_->abandon();
    link_->wake_after(std::chrono::milliseconds(50));
  });
  EXPECT_EQ(heard_.take(), "alarm");
}

TEST_F(LoopLinkTest, GivesUpAServerThatDoesNotAnswer) {
  SilentListener silent;
  Endpoint endpoint = at(silent.port());
  endpoint.open_timeout = std::chrono::milliseconds(100);
  open(endpoint);
  EXPECT_EQ(heard_.take(),
            "closed 0 0 cannot open ws://127.0.0.1:" + std::to_string(silent.port()) + "/prod: timed out");
}

TEST_F(LoopLinkTest, KeepsOneAlarm) {
  open(at(1));
  heard_.take();
  client_.on_loop([this] {
    link_->wake_after(std::chrono::milliseconds(1));
    link_->wake_after(std::chrono::milliseconds(20));
  });
  EXPECT_EQ(heard_.take(), "alarm");
  EXPECT_TRUE(heard_.empty());
}

}  // namespace
}  // namespace wsdeep::session
