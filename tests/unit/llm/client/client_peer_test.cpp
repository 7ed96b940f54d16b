// Servers that keep to HTTP/2 and not to gRPC, or that go away under a call. The whole table of what a server may say
// is tests/golden/raw_http2/client.txt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "llm/client/client.h"
#include "support/llm_stream_log.h"
#include "support/raw_http2_peer.h"

namespace wsdeep::llm {
namespace {

namespace http2 = test::http2;
using http2::answering;
using http2::Peer;
using ::testing::HasSubstr;
using testing::kPatience;
using testing::StreamLog;

ClientTarget target_of(const Peer& peer) {
  return {peer.url(), "", kPatience};
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
  Client client(target_of(peer));
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
  Client client(target_of(peer));
  StreamLog log;
  const auto stream = client.start(asking_a_peer(), kPatience, log.stream_events());
  log.wait_for_chunks(1);
  text_is_there.set_value();
  EXPECT_EQ(log.wait_for_end().fault, LlmFault::kUnavailable);
}

}  // namespace
}  // namespace wsdeep::llm
