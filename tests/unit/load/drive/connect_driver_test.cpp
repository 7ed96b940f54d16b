#include "load/drive/connect_driver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "base/error.h"
#include "support/eventually.h"
#include "support/load_fakes.h"
#include "support/server_fixture.h"

namespace wsdeep::load {
namespace {

using std::chrono::milliseconds;
using test::TestServer;

session::Endpoint endpoint_at(std::uint16_t port) {
  session::Endpoint endpoint;
  endpoint.url = "ws://127.0.0.1:" + std::to_string(port) + "/prod";
  return endpoint;
}

/// A stage that accepts everybody and says nothing.
void accept_quietly(const std::shared_ptr<net::HttpExchange>& exchange) {
  exchange->accept({}, {}, [](const std::shared_ptr<net::WebSocket>&) { return net::WebSocketEvents{}; });
}

class SomeUsers final : public SessionUsers {
 public:
  SignedIn sign_in(std::uint64_t) override {
    if (!good_) throw Error(ErrorKind::kRefused, "signed out");
    return {"token", 7};
  }
  std::atomic<bool> good_{true};
};

/// A driver, and `count` sessions begun at once.
class ConnectRun {
 public:
  explicit ConnectRun(ConnectOptions options) : driver_(std::move(options), clock_, users_, records_) {}

  /// Holds them for `time`, once each has opened or failed.
  ConnectionFigures hold(std::uint64_t count, milliseconds time = milliseconds(0)) {
    begin(count);
    driver_.hold(time, stop_.get_token());
    return finish(milliseconds(10'000));
  }
  void begin(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) driver_.begin({.index = i, .intended = clock_.now()});
  }
  ConnectionFigures finish(milliseconds patience) {
    driver_.finish(patience, {});
    return *driver_.figures(test::kWholeRun).connections;
  }
  void stop() { stop_.request_stop(); }

  /// No user has a token that is good.
  void sign_out() { users_.good_ = false; }

  RunClock clock_;
  SomeUsers users_;
  test::KeptRecords records_;
  std::stop_source stop_;
  ConnectDriver driver_;
};

TEST(ConnectDriver, OpensEachSessionAndClosesThemAll) {
  TestServer server(accept_quietly);
  ConnectRun run({.endpoint = endpoint_at(server.port())});
  run.driver_.prepare({});
  const ConnectionFigures figures = run.hold(20);
  EXPECT_EQ(figures.sessions, 20u);
  EXPECT_EQ(figures.opened, 20u);
  EXPECT_EQ(figures.peak_open, 20u);
  EXPECT_TRUE(figures.full_after);
  EXPECT_TRUE(figures.own_ends.empty());
  EXPECT_EQ(run.driver_.in_flight(), 0u);
  ASSERT_EQ(run.records_.turns(0).size(), 20u);
  for (const TurnRecord& turn : run.records_.turns(0)) {
    EXPECT_EQ(turn.how, TurnEnd::kCompleted);
    EXPECT_LE(turn.intended, turn.send);
    EXPECT_LT(turn.send, turn.end);
  }
  for (const ConnectionRecord& connection : run.records_.connections(0)) {
    EXPECT_EQ(connection.close_code, 1000);
    EXPECT_FALSE(connection.closed_by_peer);
    EXPECT_EQ(connection.sign_in_us, 7);
  }
}

TEST(ConnectDriver, TellsRefusalsFromFailures) {
  for (const auto& [status, how] : {std::pair(429, TurnEnd::kRefused), std::pair(503, TurnEnd::kRefused),
                                    std::pair(403, TurnEnd::kFailed), std::pair(500, TurnEnd::kFailed)}) {
    TestServer server([status = status](const auto& exchange) { exchange->respond({status, {}, "no"}); });
    ConnectRun run({.endpoint = endpoint_at(server.port())});
    const ConnectionFigures figures = run.hold(3);
    const std::string reason = "http " + std::to_string(status);
    EXPECT_EQ(figures.failed, (std::map<std::string, std::uint64_t>{{reason, 3}}));
    ASSERT_EQ(run.records_.turns(0).size(), 3u) << status;
    EXPECT_EQ(run.records_.turns(0)[0].how, how) << status;
    EXPECT_EQ(run.records_.turns(0)[0].reason, reason);
  }
}

TEST(ConnectDriver, NamesWhatAnUnreachableTargetSaid) {
  ConnectRun run({.endpoint = endpoint_at(1)});
  EXPECT_EQ(run.hold(2).failed, (std::map<std::string, std::uint64_t>{{"connection refused", 2}}));
  EXPECT_EQ(run.records_.turns(0)[0].detail, "cannot open ws://127.0.0.1:1/prod: connection refused");
}

TEST(ConnectDriver, TellsAUserWithoutATokenFromARefusedHandshake) {
  ConnectRun run({.endpoint = endpoint_at(1)});
  run.sign_out();
  EXPECT_EQ(run.hold(1).failed, (std::map<std::string, std::uint64_t>{{"no token", 1}}));
}

TEST(ConnectDriver, TellsAWrongTargetBeforeAnyLoad) {
  ConnectRun nobody({.endpoint = endpoint_at(1)});
  try {
    nobody.driver_.prepare({});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot open a session: cannot open ws://127.0.0.1:1/prod: connection refused");
    EXPECT_EQ(error.hint(), "one was tried, before any load: see that the target is up and can be reached from here");
  }
  TestServer server([](const auto& exchange) { exchange->respond({401, {}, "no"}); });
  ConnectRun run({.endpoint = endpoint_at(server.port())});
  try {
    run.driver_.prepare({});
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kRefused);
    EXPECT_STREQ(error.what(), "cannot open a session: not signed in: the token was not accepted (401)");
  }
  EXPECT_TRUE(run.records_.connections(0).empty());
}

TEST(ConnectDriver, EndsInTimeWhenTheServerNeverAnswers) {
  std::vector<std::shared_ptr<net::HttpExchange>> kept;
  TestServer server([&kept](const auto& exchange) { kept.push_back(exchange); });
  ConnectRun run({.endpoint = endpoint_at(server.port())});
  const auto began = std::chrono::steady_clock::now();
  run.begin(3);
  const ConnectionFigures figures = run.finish(milliseconds(50));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
  EXPECT_EQ(figures.failed, (std::map<std::string, std::uint64_t>{{"unfinished", 3}}));
  EXPECT_EQ(run.records_.turns(0)[0].how, TurnEnd::kUnfinished);
  EXPECT_EQ(run.records_.turns(0)[0].end, kNever);
}

TEST(ConnectDriver, SaysWhichSessionsEndedByThemselves) {
  TestServer server([](const auto& exchange) {
    exchange->accept({}, {}, [](const std::shared_ptr<net::WebSocket>& socket) {
      if (socket) socket->close(1001, "Going away");
      return net::WebSocketEvents{};
    });
  });
  ConnectRun run({.endpoint = endpoint_at(server.port()), .manner = {.silent = true}});
  const ConnectionFigures figures = run.hold(4, milliseconds(300));
  ASSERT_EQ(figures.own_ends.size(), 1u);
  EXPECT_EQ(figures.own_ends[0].close_code, 1001);
  EXPECT_EQ(figures.own_ends[0].why, "close 1001");
  EXPECT_EQ(figures.own_ends[0].connections, 4u);
  EXPECT_EQ(figures.opened_again, 0u);
}

TEST(ConnectDriver, LosesAllInAStormAndSeesThemComeBack) {
  TestServer server(accept_quietly);
  ConnectRun run({.endpoint = endpoint_at(server.port()),
                  .manner = {.random = [] { return 0.0; }},  // back after 200 ms
                  .storm_every = milliseconds(1'500)});
  const ConnectionFigures figures = run.hold(5, milliseconds(4'200));
  ASSERT_EQ(figures.storms.size(), 2u);
  for (const Storm& storm : figures.storms) {
    EXPECT_EQ(storm.lost, 5u);
    EXPECT_EQ(storm.back, 5u);
    EXPECT_TRUE(storm.all_back);
    EXPECT_GE(storm.back_after.min(), 200'000);
  }
  EXPECT_EQ(figures.opened_again, 10u);
  EXPECT_TRUE(figures.own_ends.empty()) << "what a storm took did not end by itself";
}

TEST(ConnectDriver, SaysAtAnyTimeHowManySessionsAreOpen) {
  TestServer server(accept_quietly);
  ConnectRun run({.endpoint = endpoint_at(server.port()), .storm_every = milliseconds(50)});
  run.begin(8);
  ASSERT_TRUE(testing::eventually([&] { return run.driver_.now().sessions->open == 8; }));
  EXPECT_EQ(run.driver_.now().sessions, (SessionsNow{.open = 8, .opened = 8}));
  std::jthread holding([&] { run.driver_.hold(milliseconds(60'000), run.stop_.get_token()); });
  EXPECT_TRUE(testing::eventually([&] {
    const auto sessions = run.driver_.now().sessions;
    return sessions->storms > 0 && sessions->opened > 8;
  }));
  run.stop();
  holding.join();
  run.finish(milliseconds(10'000));
  EXPECT_EQ(run.driver_.now().sessions->open, 0u);
}

TEST(ConnectDriver, SaysHowManyAttemptsFailed) {
  ConnectRun run({.endpoint = endpoint_at(1)});
  run.hold(3);
  EXPECT_EQ(run.driver_.now().sessions, (SessionsNow{.failed = 3}));
}

TEST(ConnectDriver, StampsThePhasesOfEachConnectionInOrder) {
  TestServer server(accept_quietly);
  ConnectRun run({.endpoint = endpoint_at(server.port())});
  run.hold(2);
  for (const ConnectionRecord& connection : run.records_.connections(0)) {
    EXPECT_LE(connection.intended, connection.begin);
    EXPECT_LE(connection.begin, connection.resolved);
    EXPECT_LE(connection.resolved, connection.connected);
    EXPECT_EQ(connection.secured, kNever) << "there is no TLS";
    EXPECT_LE(connection.connected, connection.opened);
    EXPECT_LE(connection.opened, connection.closed);
  }
}

TEST(ConnectDriver, StopsHoldingAtOnceWhenToldTo) {
  TestServer server(accept_quietly);
  ConnectRun run({.endpoint = endpoint_at(server.port())});
  std::thread stopper([&run] {
    while (run.driver_.in_flight() > 0 || run.records_.turns(0).size() < 3) std::this_thread::yield();
    run.stop();
  });
  EXPECT_EQ(run.hold(3, std::chrono::minutes(10)).opened, 3u);
  stopper.join();
}

}  // namespace
}  // namespace wsdeep::load
