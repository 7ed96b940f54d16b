#include "load/drive/chat_driver.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "support/chat_run.h"
#include "support/chat_stage.h"
#include "support/load_fakes.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"

namespace wsdeep::load {
namespace {

using namespace std::chrono_literals;
using test::chat_options;
using test::ChatRun;
using test::ChatStage;
using test::KeptRecords;
using test::Mailbox;
using ::testing::HasSubstr;
using ::testing::Not;
using Peer = ChatStage::Peer;

std::string id_of(const wire::ClientFrame& frame) {
  const auto* const message = std::get_if<wire::MessageFrame>(&frame);
  return message == nullptr ? "" : message->message_id.value_or("");
}

TEST(ChatDriver, RecordsAWholeTurn) {
  ChatStage stage(ChatStage::answering({"Hello", " world"}));
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  const TurnRecord record = run.turn(0);
  EXPECT_EQ(record.how, TurnEnd::kCompleted) << record.reason << record.detail;
  const std::vector<Micros> order{record.intended, record.send, record.ack, record.first, record.last, record.end};
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  EXPECT_GT(record.intended, 0);
  EXPECT_EQ(record.answer, record.first);
  EXPECT_EQ(record.pieces.size(), 2u);
  EXPECT_EQ(record.counted_by, TokenCount::kUsage);
  EXPECT_EQ(record.output_tokens, 2);
  EXPECT_EQ(record.prompt_tokens, 10);
  EXPECT_EQ(record.messages_sent, 1u);
  EXPECT_EQ(record.messages_received, 4u);
  EXPECT_EQ(record.billed_messages, 5u);
  run.driver.finish(1s, {});
  EXPECT_EQ(run.driver.in_flight(), 0u);
}

TEST(ChatDriver, TellsThePhasesOfItsConnectionsAtTheirEnd) {
  Mailbox<std::string> tokens;
  ChatStage stage(ChatStage::answering({"a"}), [&](const net::HttpRequest& request) {
    tokens.put(net::header(request.headers, "Authorization").value_or("none"));
    return 0;
  });
  ChatRun run(chat_options(stage.url(), 2));
  run.driver.prepare({});
  run.driver.finish(1s, {});
  EXPECT_EQ((std::set<std::string>{tokens.take(), tokens.take()}),
            (std::set<std::string>{"Bearer token0", "Bearer token1"}));
  for (const ConnectionRecord& record : run.records.connections(2)) {
    const std::vector<Micros> order{record.intended,  record.begin,  record.resolved,
                                    record.connected, record.opened, record.closed};
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    EXPECT_EQ(record.secured, kNever);
    EXPECT_EQ(record.close_code, 1000);
    EXPECT_FALSE(record.closed_by_peer);
  }
}

TEST(ChatDriver, HoldsConversationsOfSeveralTurnsAndRenewsThemBetweenTurns) {
  Mailbox<std::string> heard;
  const auto answer = ChatStage::answering({"a"});
  ChatStage stage([&](const Peer& peer, const wire::ClientFrame& frame) {
    const auto* const message = std::get_if<wire::MessageFrame>(&frame);
    heard.put(message == nullptr ? "new" : message->text);
    answer(peer, frame);
  });
  ChatRun run(chat_options(stage.url(), 1), 2);
  run.driver.prepare({});
  const auto told = [](const TurnRecord& record) {
    return fmt::format("{}.{} {}", record.conversation, record.turn, record.messages_sent);
  };
  EXPECT_EQ(told(run.turn(0)), "0.0 1");
  EXPECT_EQ(told(run.turn(1)), "0.1 1");
  for (const char* text : {"question 0.0", "question 0.1", "new"}) EXPECT_EQ(heard.take(), text);
  const TurnRecord next = run.turn(2);
  EXPECT_EQ(heard.take(), "question 1.0");
  EXPECT_EQ(next.turn, 0);
}

TEST(ChatDriver, NeverWaitsForASessionThatAnswers) {
  Mailbox<std::pair<Peer, std::string>> asked;
  ChatStage stage([&](const Peer& peer, const wire::ClientFrame& frame) {
    if (const std::string id = id_of(frame); !id.empty()) asked.put({peer, id});
  });
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  run.begin(0);
  run.begin(1);
  std::set<std::size_t> sessions;
  for (int i = 0; i < 2; ++i) {
    const auto [peer, id] = asked.take();
    sessions.insert(peer.number);
    stage.loop().post([peer = peer, id = id] { ChatStage::answer(peer, id, {"a"}); });
  }
  EXPECT_EQ(sessions.size(), 2u);
  for (const TurnRecord& record : run.records.turns(2)) EXPECT_EQ(record.how, TurnEnd::kCompleted);
  EXPECT_EQ(run.driver.counts().opened_for_turns, 1u);
  EXPECT_EQ(run.driver.counts().opened, 2u);
  EXPECT_EQ(run.driver.now().sessions, (SessionsNow{.open = 2, .opened = 2}));
}

/// For ThreadSanitizer: whoever shows the run asks while another thread prepares it.
TEST(ChatDriver, SaysWhatIsOpenWhileItPrepares) {
  ChatStage stage([](const Peer&, const wire::ClientFrame&) {});
  ChatRun run(chat_options(stage.url(), 2));
  std::future<void> ready = std::async(std::launch::async, [&] { run.driver.prepare({}); });
  do EXPECT_LE(run.driver.now().sessions->open, 2u);
  while (ready.wait_for(1ms) != std::future_status::ready);
  ready.get();
  EXPECT_EQ(run.driver.now().sessions, (SessionsNow{.open = 2, .opened = 2}));
}

TEST(ChatDriver, TellsATurnThatTheCapLeavesNoSessionForAsNotSent) {
  ChatStage stage([](const Peer&, const wire::ClientFrame&) {});
  ChatOptions options = chat_options(stage.url(), 1);
  options.max_sessions = 1;
  ChatRun run(options);
  run.driver.prepare({});
  run.begin(0);
  run.begin(1);
  const TurnRecord record = run.records.turns(1).front();
  EXPECT_EQ(record.index, 1u);
  EXPECT_EQ(record.how, TurnEnd::kFailed);
  EXPECT_EQ(record.send, kNever);
  EXPECT_EQ(record.reason, "not sent: all sessions are busy");
}

TEST(ChatDriver, TellsTurnsThatAreUnderWayAtTheEndAsUnfinished) {
  ChatStage stage([](const Peer&, const wire::ClientFrame&) {});
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  run.begin(0);
  run.driver.finish(10ms, {});
  const TurnRecord record = run.records.turns(1).front();
  EXPECT_EQ(record.how, TurnEnd::kUnfinished);
  EXPECT_EQ(record.reason, kStillRunning);
  EXPECT_EQ(record.end, kNever);
  EXPECT_EQ(run.driver.in_flight(), 0u);
}

TEST(ChatDriver, CancelsATurnAsPlanned) {
  ChatStage stage([asked = std::string()](const Peer& peer, const wire::ClientFrame& frame) mutable {
    if (std::holds_alternative<wire::MessageFrame>(frame)) {
      asked = id_of(frame);
      peer.socket->send_text(wire::encode(ChatStage::receipt(asked)));
    }
    if (const auto* const cancel = std::get_if<wire::CancelFrame>(&frame)) {
      EXPECT_EQ(cancel->message_id, asked);
      wire::ErrorFrame end;
      end.title = "Cancelled";
      end.category = "cancelled";
      end.message_id = asked;
      peer.socket->send_text(wire::encode(end));
    }
  });
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  run.begin(0, 5'000);
  const TurnRecord record = run.records.turns(1).front();
  EXPECT_EQ(record.how, TurnEnd::kCancelled);
  EXPECT_GE(record.cancelled_at, record.send + 5'000);
}

TEST(ChatDriver, RefusesToBeginWhereNoSessionCanBeOpened) {
  ChatStage stage([](const Peer&, const wire::ClientFrame&) {}, [](const net::HttpRequest&) { return 401; });
  ChatRun run(chat_options(stage.url(), 3));
  try {
    run.driver.prepare({});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot open a session (none of 3 is open): not signed in: the token was not accepted (401)");
    EXPECT_THAT(error.hint(), Not(HasSubstr("--open-rate"))) << "that would not help";
  }
  for (const ConnectionRecord& record : run.records.connections(3)) EXPECT_EQ(record.reason, "http 401");
}

TEST(ChatDriver, SaysHowManyAreOpenAndWhatToDoWhereATargetTakesNone) {
  ChatRun run(chat_options("ws://127.0.0.1:1/prod", 5));
  try {
    run.driver.prepare({});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              "cannot open a session (none of 5 is open): cannot open ws://127.0.0.1:1/prod: connection refused");
    EXPECT_THAT(error.hint(), HasSubstr("--sessions and --open-rate"));
  }
}

TEST(ChatDriver, ClosesAThousandSessionsInTime) {
  ChatStage stage([](const Peer&, const wire::ClientFrame&) {});
  ChatRun run(chat_options(stage.url(), 1000));
  run.driver.prepare({});
  for (std::uint64_t i = 0; i < 100; ++i) run.begin(i);
  const auto before = std::chrono::steady_clock::now();
  run.driver.finish(0ms, {});
  EXPECT_LT(std::chrono::steady_clock::now() - before, 20s);
  EXPECT_EQ(run.records.turns(100).size(), 100u);
  EXPECT_EQ(run.records.connections(1000).size(), 1000u);
}

}  // namespace
}  // namespace wsdeep::load
