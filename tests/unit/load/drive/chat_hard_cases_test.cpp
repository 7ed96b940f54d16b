#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "load/drive/chat_driver.h"
#include "support/chat_run.h"
#include "support/chat_stage.h"
#include "support/eventually.h"
#include "support/raw_stage.h"

/// What peers do to a chat turn, through real sockets, and what is told of it.
namespace wsdeep::load {
namespace {

using namespace std::chrono_literals;
using test::chat_options;
using test::ChatRun;
using test::ChatStage;
using test::RawSocket;
using test::RawStage;

/// The turn's id, as the question has it.
std::string asked_id(const std::string& question) {
  const wire::ClientFrame frame = wire::parse_client_frame(question);
  return std::get<wire::MessageFrame>(frame).message_id.value_or("");
}

std::string receipt_and_piece(const std::string& id, const std::string& text = "a") {
  wire::Chunk chunk;
  chunk.text = text;
  chunk.message_id = id;
  chunk.reasoning = "";
  return RawStage::text(wire::encode(ChatStage::receipt(id))) + RawStage::text(wire::encode(chunk));
}

std::string close_frame(std::uint16_t code) {
  return RawStage::frame(0x88, std::string{static_cast<char>(code >> 8), static_cast<char>(code)});
}

std::string word_of(TurnEnd how) {
  switch (how) {
    case TurnEnd::kCompleted:
      return "completed";
    case TurnEnd::kRefused:
      return "refused";
    case TurnEnd::kFailed:
      return "failed";
    case TurnEnd::kTruncated:
      return "truncated";
    case TurnEnd::kCancelled:
      return "cancelled";
    case TurnEnd::kUnfinished:
      return "unfinished";
  }
  return "";
}

std::string told_of(const TurnRecord& record) {
  return word_of(record.how) + ": " + record.reason;
}

/// What is told of a turn to which the peer does this.
std::string told_after(const std::function<void(RawSocket&, const std::string& id)>& act) {
  RawStage stage;
  std::thread peer([&] {
    RawSocket socket = stage.accept();
    RawStage::shake_hands(socket);
    act(socket, asked_id(RawStage::read_frame(socket)));
    if (socket.fd() >= 0) socket.read_to_end();
  });
  ChatOptions options = chat_options(stage.url(), 1);
  options.answer_timeout = 100ms;
  ChatRun run(options);
  run.driver.prepare({});
  run.begin(0);
  const std::string told = told_of(run.records.turns(1).front());
  run.driver.finish(0ms, {});
  peer.join();
  return told;
}

TEST(ChatHardCases, TellWhatThePeerDid) {
  using Act = std::function<void(RawSocket&, const std::string&)>;
  const auto says = [](const std::string& bytes) -> Act {
    return [bytes](RawSocket& peer, const std::string&) { peer.send(bytes); };
  };
  const auto answers_then = [](const std::function<void(RawSocket&)>& act) -> Act {
    return [act](RawSocket& peer, const std::string& id) {
      peer.send(receipt_and_piece(id));
      act(peer);
    };
  };
  const std::vector<std::pair<Act, const char*>> rows{
      {[](RawSocket& peer, const std::string&) { peer.reset(); }, "failed: close 1006"},
      {answers_then([](RawSocket& peer) { peer.end_of_sending(); }), "truncated: close 1006"},
      {answers_then([](RawSocket& peer) { peer.send(RawStage::text("{\"message\":\"")); }), "truncated: bad frame"},
      {says("HTTP/1.1 200 OK\r\n\r\n"), "failed: close 1002"},
      {says(RawStage::frame(0xF1, "x")), "failed: close 1002"},
      {says(RawStage::text("\xFF")), "failed: close 1007"},
      {says(RawStage::text("not JSON")), "failed: bad frame"},
      {says(RawStage::frame(0x82, "{}")), "failed: bad frame"},
      {says(close_frame(1001)), "failed: close 1001"},
      {says(close_frame(1009)), "failed: close 1009"},
      {answers_then([](RawSocket& peer) { peer.send(close_frame(1008)); }), "truncated: close 1008"},
      {answers_then([](RawSocket&) {}), "truncated: no answer"},
      {[](RawSocket&, const std::string&) {}, "failed: no answer"},
      {[](RawSocket& peer, const std::string& id) {
         const std::string text(120 * 1024, 'x');
         peer.send(receipt_and_piece(id, text));
         peer.send(RawStage::text(wire::encode(ChatStage::completion(id, "", 1))));
       },
       "completed: "},
  };
  for (const auto& [act, told] : rows) EXPECT_EQ(told_after(act), told);
}

TEST(ChatHardCases, EndInTimeWhenThePeerNeverAnswersAClose) {
  RawStage stage;
  ChatRun run(chat_options(stage.url(), 1));
  std::thread peer([&] {
    RawSocket socket = stage.accept();
    RawStage::shake_hands(socket);
    socket.read_to_end();
  });
  run.driver.prepare({});
  const auto begin = std::chrono::steady_clock::now();
  run.driver.finish(0ms, {});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
  EXPECT_EQ(run.records.connections(1).front().close_code, 1006);
  peer.join();
}

/// A session that cannot be opened for a turn is that turn's end.
TEST(ChatHardCases, TellARefusedHandshakeOfTheTurnThatNeededIt) {
  for (const auto& [status, told] : std::vector<std::pair<int, const char*>>{{401, "failed: http 401"},
                                                                             {403, "failed: http 403"},
                                                                             {429, "refused: http 429"},
                                                                             {503, "refused: http 503"}}) {
    int connections = 0;
    ChatStage stage(
        [](const ChatStage::Peer&, const wire::ClientFrame&) {},
        [&connections, status = status](const net::HttpRequest&) { return connections++ == 0 ? 0 : status; });
    ChatRun run(chat_options(stage.url(), 1));
    run.driver.prepare({});
    run.begin(0);
    run.begin(1);
    EXPECT_EQ(told_of(run.records.turns(1).front()), told);
    run.driver.finish(0ms, {});
  }
}

class UsersWhoseTokensEnd final : public SessionUsers {
 public:
  SignedIn sign_in(std::uint64_t session) override {
    if (session > 0) throw Error(ErrorKind::kRefused, "the token of 'ann' has expired");
    return {"token"};
  }
};

TEST(ChatHardCases, TellATokenThatEndedInMidRun) {
  ChatStage stage([](const ChatStage::Peer&, const wire::ClientFrame&) {});
  RunClock clock;
  test::NumberedPrompts prompts(1);
  UsersWhoseTokensEnd users;
  test::KeptRecords records;
  ChatDriver driver(chat_options(stage.url(), 1), clock, prompts, users, records);
  driver.prepare({});
  for (std::uint64_t index = 0; index < 2; ++index) {
    Arrival arrival;
    arrival.index = index;
    driver.begin(arrival);
  }
  const TurnRecord record = records.turns(1).front();
  EXPECT_EQ(told_of(record), "failed: no token");
  EXPECT_EQ(record.detail, "the token of 'ann' has expired");
  EXPECT_EQ(record.send, kNever);
}

TEST(ChatHardCases, ReplaceASessionThatIsLost) {
  ChatStage stage([](const ChatStage::Peer& peer, const wire::ClientFrame&) { peer.socket->close(1001, "going"); });
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  EXPECT_EQ(told_of(run.turn(0)), "failed: close 1001");
  EXPECT_TRUE(testing::eventually([&] { return run.driver.counts().opened == 2; }));
  run.driver.finish(0ms, {});
  const auto connections = run.records.connections(2);
  EXPECT_TRUE(connections[0].closed_by_peer);
  EXPECT_FALSE(connections[0].again);
  EXPECT_TRUE(connections[1].again);
  EXPECT_EQ(connections[1].session, connections[0].session);
}

TEST(ChatHardCases, ReplaceASessionWhoseConversationIsNotRenewed) {
  const auto answer = ChatStage::answering({"a"});
  ChatStage stage([&](const ChatStage::Peer& peer, const wire::ClientFrame& frame) {
    if (std::holds_alternative<wire::MessageFrame>(frame)) return answer(peer, frame);
    wire::ErrorFrame refusal;
    refusal.title = "Error";
    refusal.category = "internal";
    peer.socket->send_text(wire::encode(refusal));
  });
  ChatRun run(chat_options(stage.url(), 1));
  run.driver.prepare({});
  EXPECT_EQ(told_of(run.turn(0)), "completed: ");
  EXPECT_TRUE(testing::eventually([&] { return run.driver.counts().opened == 2; }));
  run.driver.finish(0ms, {});
  EXPECT_EQ(run.driver.figures(test::kWholeRun).sessions, (SessionFigures{2, 0, 0, 1}));
}

TEST(ChatHardCases, KeepAnIdleSessionAlive) {
  test::Mailbox<bool> pinged;
  ChatStage stage([&](const ChatStage::Peer&, const wire::ClientFrame& frame) {
    pinged.put(std::holds_alternative<wire::PingFrame>(frame));
  });
  ChatOptions options = chat_options(stage.url(), 1);
  options.keep_alive = 1ms;
  ChatRun run(options);
  run.driver.prepare({});
  EXPECT_TRUE(pinged.take());
}

TEST(ChatHardCases, RefuseAPromptThatNoFrameCanCarry) {
  class Long final : public PromptSource {
   public:
    Prompt prompt(const Arrival&, std::uint64_t, int) const override {
      Prompt prompt;
      prompt.text.assign(128 * 1024, 'x');
      return prompt;
    }
    int turns(std::uint64_t) const override { return 1; }
  };
  ChatStage stage([](const ChatStage::Peer&, const wire::ClientFrame&) {});
  const RunClock clock;
  const Long prompts;
  test::NumberedUsers users;
  test::KeptRecords records;
  ChatDriver driver(chat_options(stage.url(), 1), clock, prompts, users, records);
  driver.prepare({});
  driver.begin({});
  EXPECT_EQ(told_of(records.turns(1).front()), "failed: prompt too long");
}

}  // namespace
}  // namespace wsdeep::load
