// Servers that keep to HTTP/2 and not to gRPC, or that go away under a call. The whole table of what a server may say
// is tests/golden/raw_http2/client.txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <thread>

#include "llm/client/client.h"
#include "support/llm_stream_log.h"
#include "support/raw_http2.h"
#include "support/silent_listener.h"

namespace wsdeep::llm {
namespace {

namespace http2 = test::http2;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::StreamLog;

/// Plays a script to each connection, one after the other.
class Peer {
 public:
  using Script = std::function<void(test::RawSocket&)>;

  explicit Peer(std::vector<Script> scripts)
      : thread_([this, scripts = std::move(scripts)] {
          for (const Script& script : scripts) {
            test::RawSocket socket = listener_.accept();
            ++connections;
            http2::open(socket);
            script(socket);
            socket.read_to_end();
          }
        }) {}
  ~Peer() { thread_.join(); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  ClientTarget target() const { return {"grpc://127.0.0.1:" + std::to_string(listener_.port()), "", kPatience}; }

  std::atomic<int> connections = 0;

 private:
  test::SilentListener listener_;
  std::thread thread_;
};

Peer::Script answering(const std::string& bytes) {
  return [bytes](test::RawSocket& socket) {
    http2::await_request(socket);
    socket.send(bytes);
  };
}

struct Heard {
  LlmOutcome outcome;
  std::string text;
};
LlmRequest asking_a_peer() {
  LlmRequest request;
  request.messages = {{"user", "hi"}};
  return request;
}

/// One stream. The client, and with it its connection, is gone when it returns.
Heard listen(const Peer& peer) {
  Client client(peer.target());
  StreamLog log;
  const auto stream = client.start(asking_a_peer(), kPatience, log.stream_events());
  LlmOutcome outcome = log.wait_for_end();
  return {std::move(outcome), log.text()};
}

TEST(ClientPeer, AsksWhatItIsWhenTheAnswerHasNoStatus) {
  const Peer peer({answering(http2::headers({{":status", "200"}, {"server", "nginx"}}, true))});
  const Heard heard = listen(peer);
  EXPECT_FALSE(heard.outcome.ok);
  EXPECT_EQ(heard.outcome.cause, "it answered without a grpc-status: is this a gRPC server?");
}

TEST(ClientPeer, MakesACallOnceMoreOnANewConnectionWhenTheServerGoesAwayWithoutLookingAtIt) {
  const Peer peer({answering(http2::go_away(0)), answering(http2::good_answer("Hello"))});
  const Heard heard = listen(peer);
  EXPECT_TRUE(heard.outcome.ok) << heard.outcome.cause;
  EXPECT_EQ(heard.text, "Hello");
  EXPECT_EQ(peer.connections, 2);
}

TEST(ClientPeer, MakesACallOnceMoreThatTheServerRefusedAndNoMore) {
  std::atomic<int> calls = 0;
  const Peer peer({[&](test::RawSocket& socket) {
    for (const std::uint32_t stream : {1U, 3U}) {
      http2::await_request(socket);
      ++calls;
      socket.send(http2::reset(7, stream));
    }
  }});
  const Heard heard = listen(peer);
  EXPECT_EQ(heard.outcome.fault, LlmFault::kUnavailable);
  EXPECT_THAT(heard.outcome.cause, HasSubstr("RST_STREAM with error code 7"));
  EXPECT_EQ(calls, 2);
}

TEST(ClientPeer, MakesNoCallAgainOnceAMessageHasCome) {
  std::promise<void> text_is_there;
  const Peer peer({[&](test::RawSocket& socket) {
    http2::await_request(socket);
    socket.send(http2::beginning("Hel"));
    text_is_there.get_future().wait();
    socket.send(http2::reset(7));
  }});
  Client client(peer.target());
  StreamLog log;
  const auto stream = client.start(asking_a_peer(), kPatience, log.stream_events());
  log.wait_for_chunks(1);
  text_is_there.set_value();
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
}

}  // namespace
}  // namespace wsdeep::llm
