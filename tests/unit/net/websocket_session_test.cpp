#include "net/websocket_session.h"

#include <gtest/gtest.h>

#include "net/websocket_handshake.h"
#include "support/eventually.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"

namespace wsdeep::net {
namespace {

using test::Mailbox;
using test::RawSocket;
using test::RawWebSocket;
using test::TestServer;
using namespace std::chrono_literals;

constexpr unsigned char kTextFrame = 0x81;
constexpr unsigned char kTextBegin = 0x01;
constexpr unsigned char kBinary = 0x82;
constexpr unsigned char kMore = 0x00;
constexpr unsigned char kLast = 0x80;
constexpr unsigned char kClose = 0x88;
constexpr unsigned char kPing = 0x89;
constexpr unsigned char kPong = 0x8A;
constexpr std::size_t kFrameLimit = 32 * 1024;
constexpr std::size_t kMessageLimit = 128 * 1024;

struct Ended {
  int code = 0;
  std::string reason;
  bool by_peer = false;
  bool operator==(const Ended&) const = default;
  friend void PrintTo(const Ended& ended, std::ostream* out) {
    *out << ended.code << " '" << ended.reason << "' " << (ended.by_peer ? "by peer" : "by us");
  }
};

/// A server that echoes every message and notes what happens.
class WebSocketSessionTest : public ::testing::Test {
 protected:
  WebSocketEvents events() {
    WebSocketEvents events;
    events.on_message = [this](std::string message, bool binary) {
      kinds_.put(binary);
      socket_->send_text(std::move(message));
    };
    events.on_heartbeat = [this] { heartbeats_.put(true); };
    events.on_drained = [this] { drained_.put(true); };
    events.on_close = [this](std::uint16_t code, std::string reason, bool by_peer) {
      ended_.put({code, std::move(reason), by_peer});
    };
    return events;
  }
  /// The server has the socket a moment after the client has seen the 101; the first echo says that it has.
  void greet(RawWebSocket& client) {
    client.send(RawWebSocket::frame(kTextFrame, "hello"));
    EXPECT_EQ(client.read_frame()->payload, "hello");
  }
  void on_socket(const std::function<void(WebSocket&)>& work) {
    server_.thread().on_loop([&] { work(*socket_); });
  }
  void TearDown() override { EXPECT_TRUE(ended_.empty()) << "on_close was called more often than the test expected"; }
  static std::string text(std::size_t size) { return std::string(size, 'x'); }

  Mailbox<bool> kinds_, heartbeats_, drained_;
  Mailbox<Ended> ended_;
  std::shared_ptr<WebSocket> socket_;
  TestServer server_{[this](const std::shared_ptr<HttpExchange>& exchange) {
    if (!exchange->request().wants_websocket) return exchange->respond(handshake_refusal(exchange->request()));
    if (exchange->request().target == "/forbidden") return exchange->respond({403, {}, "no"});
    exchange->accept({{"Sec-WebSocket-Protocol", "chat"}, {"X-Split", "a\r\nX-Evil: 1"}}, {},
                     [this](std::shared_ptr<WebSocket> socket) {
                       socket_ = std::move(socket);
                       return events();
                     });
  }};
};

TEST_F(WebSocketSessionTest, AnswersTheHandshakeWithTheHandlersFields) {
  RawWebSocket client(server_.port());
  EXPECT_TRUE(client.response.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_NE(client.response.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), std::string::npos);
  EXPECT_NE(client.response.find("Sec-WebSocket-Protocol: chat\r\n"), std::string::npos);
  EXPECT_EQ(client.response.find("X-Evil"), std::string::npos);
  client.reset();
  ended_.take();
}

TEST_F(WebSocketSessionTest, StaysAnHttpConnectionWhenTheHandlerRefuses) {
  RawSocket client(server_.port());
  client.send(RawWebSocket::handshake("/forbidden"));
  EXPECT_TRUE(client.read_response().starts_with("HTTP/1.1 403 Forbidden\r\n"));
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(client.read_response().starts_with("HTTP/1.1 426 Upgrade Required\r\n"));
}

TEST_F(WebSocketSessionTest, TakesOnlyAValidUpgradeForOne) {
  const std::string good = RawWebSocket::handshake();
  const auto without = [&](std::string_view field, std::string_view instead) {
    std::string request = good;
    const std::size_t at = request.find(field);
    return request.replace(at, request.find("\r\n", at) - at, instead);
  };
  const std::pair<std::string, const char*> refused[] = {
      {without("Upgrade: websocket", "X: y"), "426 Upgrade Required"},
      {without("Connection: Upgrade", "X: y"), "426 Upgrade Required"},
      {without("GET", "GET / HTTP/1.0"), "426 Upgrade Required"},
      {without("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8"), "426 Upgrade Required"},
      {without("Sec-WebSocket-Key", "X: y"), "400 Bad Request"},
      {without("Sec-WebSocket-Key", "Sec-WebSocket-Key: c2hvcnQ="), "400 Bad Request"},
      {without("Host", "Host: a\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), "400 Bad Request"},
      {without("Host", "X: y"), "400 Bad Request"},
      {without("GET", "POST / HTTP/1.1"), "405 Method Not Allowed"},
  };
  for (const auto& [request, status] : refused) {
    RawSocket client(server_.port());
    client.send(request);
    const std::string response = client.read_response();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 " + std::string(status) + "\r\n")) << request << response;
    const bool upgrades = response.find("\r\nUpgrade: websocket\r\n") != std::string::npos;
    EXPECT_EQ(upgrades, response.find("\r\nConnection: upgrade") != std::string::npos);
    EXPECT_EQ(upgrades, status[0] == '4' && status[1] == '2');
  }
}

TEST_F(WebSocketSessionTest, FindsTheTokensOfAnUpgradeInAnyFieldOfTheirName) {
  RawSocket client(server_.port());
  client.send(
      "GET / HTTP/1.1\r\nHost: test\r\nConnection: keep-alive\r\nConnection: upgrade\r\nUpgrade: h2c\r\n"
      "Upgrade: WebSocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_TRUE(client.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  client.reset();
  ended_.take();
}

TEST_F(WebSocketSessionTest, EchoesAMessageSentTogetherWithTheHandshake) {
  RawSocket client(server_.port());
  client.send(RawWebSocket::handshake() + RawWebSocket::frame(kTextFrame, "early"));
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read(7),
            "\x81\x05"
            "early");
  client.reset();
  EXPECT_EQ(ended_.take(), (Ended{1006, "", true}));
}

TEST_F(WebSocketSessionTest, JoinsFragmentsAroundAPing) {
  RawWebSocket client(server_.port());
  client.send(RawWebSocket::frame(kTextBegin, "one ") + RawWebSocket::frame(kPing, "p") +
              RawWebSocket::frame(kMore, "two ") + RawWebSocket::frame(kLast, "three"));
  const auto pong = client.read_frame();
  EXPECT_EQ(pong->first, kPong);
  EXPECT_EQ(pong->payload, "p");
  EXPECT_EQ(client.read_frame()->payload, "one two three");
  EXPECT_TRUE(heartbeats_.take());
  client.send(RawWebSocket::frame(kClose, ""));
  ended_.take();
}

TEST_F(WebSocketSessionTest, TellsBinaryFromText) {
  RawWebSocket client(server_.port());
  client.send(RawWebSocket::frame(kBinary, "\x01") + RawWebSocket::frame(kTextFrame, "t"));
  EXPECT_TRUE(kinds_.take());
  EXPECT_FALSE(kinds_.take());
  client.send(RawWebSocket::frame(kClose, ""));
  ended_.take();
}

TEST_F(WebSocketSessionTest, CarriesTheLargestMessageInTheLargestFrames) {
  RawWebSocket client(server_.port());
  const std::string part = text(kFrameLimit);
  client.send(RawWebSocket::frame(kTextBegin, part) + RawWebSocket::frame(kMore, part) +
              RawWebSocket::frame(kMore, part) + RawWebSocket::frame(kLast, part));
  EXPECT_EQ(client.read_frame()->payload, text(kMessageLimit));
  client.send(RawWebSocket::frame(kClose, ""));
  ended_.take();
}

TEST_F(WebSocketSessionTest, ClosesAFrameAboveTheLimitAfterTheMessagesBeforeIt) {
  RawWebSocket client(server_.port());
  client.send(RawWebSocket::frame(kTextFrame, text(kFrameLimit)) + RawWebSocket::frame(kTextFrame, "b") +
              RawWebSocket::frame(kTextFrame, text(kFrameLimit + 1)) + RawWebSocket::frame(kTextFrame, "never"));
  EXPECT_EQ(client.read_frame()->payload.size(), kFrameLimit);
  EXPECT_EQ(client.read_frame()->payload, "b");
  EXPECT_EQ(client.read_close_code(), 1009);
  EXPECT_EQ(ended_.take().code, 1009);
}

TEST_F(WebSocketSessionTest, ClosesAnOversizedFrameWhoseHeaderIsCut) {
  RawWebSocket client(server_.port());
  const std::string bad = RawWebSocket::frame(kTextFrame, text(kFrameLimit + 1));
  for (std::size_t i = 0; i < 8; ++i) client.send(bad.substr(i, 1));
  EXPECT_EQ(client.read_close_code(), 1009);
  const Ended ended = ended_.take();
  EXPECT_EQ(ended.code, 1009);
  EXPECT_FALSE(ended.by_peer);
}

TEST_F(WebSocketSessionTest, ClosesAMessageAboveTheLimitThoughItsFramesAreSmall) {
  RawWebSocket client(server_.port());
  client.send(RawWebSocket::frame(kTextBegin, text(1000)));
  for (std::size_t sent = 1000; sent < kMessageLimit; sent += 1000) client.send(RawWebSocket::frame(kMore, text(1000)));
  EXPECT_EQ(client.read_close_code(), 1009);
  EXPECT_EQ(ended_.take().code, 1009);
}

TEST_F(WebSocketSessionTest, RefusesTextThatIsNotUtf8) {
  for (const char* bad : {"\xFF", "\xE2\x82", "\xED\xA0\x80"}) {
    RawWebSocket client(server_.port());
    client.send(RawWebSocket::frame(kTextFrame, bad));
    EXPECT_EQ(client.read_close_code(), 1007);
    EXPECT_EQ(ended_.take().code, 1007);
  }
}

TEST_F(WebSocketSessionTest, RefusesFramesThatBreakTheProtocol) {
  const std::string unmasked("\x81\x01x", 3);
  for (const std::string& bad : {unmasked, RawWebSocket::frame(0x83, "reserved opcode"),
                                 RawWebSocket::frame(0xC1, "reserved bit"), RawWebSocket::frame(kMore, "no beginning"),
                                 RawWebSocket::frame(kPing, text(126)), RawWebSocket::frame(kClose, "1")}) {
    RawWebSocket client(server_.port());
    client.send(bad);
    EXPECT_EQ(client.read_close_code(), 1002);
    EXPECT_EQ(ended_.take().code, 1002);
  }
}

TEST_F(WebSocketSessionTest, ReportsThePeersClose) {
  const std::pair<std::string, Ended> cases[] = {
      {"", {1005, "", true}},
      {RawWebSocket::close_payload(1000), {1000, "", true}},
      {RawWebSocket::close_payload(1001, "going away"), {1001, "going away", true}},
      {RawWebSocket::close_payload(4321, "own"), {4321, "own", true}},
  };
  for (const auto& [payload, expected] : cases) {
    RawWebSocket client(server_.port());
    client.send(RawWebSocket::frame(kClose, payload));
    EXPECT_EQ(client.read_close_code(), payload.empty() ? 1000 : expected.code);
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(ended_.take(), expected);
  }
}

TEST_F(WebSocketSessionTest, ReportsAConnectionThatJustEnds) {
  for (const bool reset : {false, true}) {
    RawWebSocket client(server_.port());
    client.send(RawWebSocket::frame(kTextFrame, "x"));
    client.read_frame();
    reset ? client.reset() : client.end_of_sending();
    EXPECT_EQ(ended_.take(), (Ended{1006, "", true}));
  }
}

TEST_F(WebSocketSessionTest, ClosesAfterWhatIsQueuedAndReportsTheAnswer) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) {
    socket.send_text("one");
    socket.send_text("two");
    socket.close(1001, "going away");
    socket.send_text("ignored");
  });
  EXPECT_EQ(client.read_frame()->payload, "one");
  EXPECT_EQ(client.read_frame()->payload, "two");
  const auto close = client.read_frame();
  EXPECT_EQ(close->first, kClose);
  EXPECT_EQ(close->payload, RawWebSocket::close_payload(1001, "going away"));
  client.send(RawWebSocket::frame(kClose, RawWebSocket::close_payload(1001)));
  EXPECT_EQ(ended_.take(), (Ended{1001, "", false}));
}

TEST_F(WebSocketSessionTest, CutsALongReasonBetweenCharacters) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) {
    std::string reason = "x";
    for (int i = 0; i < 100; ++i) reason += "\xC3\xA9";
    socket.close(1000, reason);
  });
  EXPECT_EQ(client.read_frame()->payload.size(), 2u + 123u);
  client.send(RawWebSocket::frame(kClose, ""));
  EXPECT_EQ(ended_.take(), (Ended{1005, "", false}));
}

TEST_F(WebSocketSessionTest, EndsAloneWhenItsCloseIsNotAnswered) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) { socket.close(1000, {}); });
  EXPECT_EQ(client.read_close_code(), 1000);
  EXPECT_EQ(ended_.take(), (Ended{1006, "", false}));
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(WebSocketSessionTest, CountsWhatAPeerDoesNotReadAndCanStillClose) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) {
    for (int i = 0; i < 1000; ++i) socket.send_text(text(100'000));
    EXPECT_GE(socket.queued_bytes(), 100'000'000u);
    socket.close(1000, {});
  });
  EXPECT_EQ(ended_.take(), (Ended{1006, "", false}));
}

TEST_F(WebSocketSessionTest, SaysWhatIsNotWrittenAndWhatIsNotConfirmedYet) {
  RawWebSocket client(server_.port());
  greet(client);
  EXPECT_TRUE(drained_.take());
  on_socket([](WebSocket& socket) {
    socket.send_text(text(50'000'000));
    socket.send_text("last");
    EXPECT_EQ(socket.queued_messages(), 2u);
    EXPECT_GE(socket.unconfirmed_bytes(), 50'000'000u);
  });
  EXPECT_TRUE(drained_.empty());
  EXPECT_EQ(client.read_frame()->payload.size(), 50'000'000u);
  EXPECT_EQ(client.read_frame()->payload, "last");
  EXPECT_TRUE(drained_.take());
  // The last bytes are confirmed later than they are read: Linux delays an acknowledgement by up to 200 ms.
  EXPECT_TRUE(wsdeep::testing::eventually([&] {
    bool confirmed = false;
    on_socket([&](WebSocket& socket) { confirmed = socket.unconfirmed_bytes() < 100; });
    return confirmed;
  }));
  on_socket([](WebSocket& socket) {
    EXPECT_EQ(socket.queued_messages(), 0u);
    socket.close(1000, {});
  });
  client.read_close_code();
  client.send(RawWebSocket::frame(kClose, RawWebSocket::close_payload(1000)));
  EXPECT_EQ(ended_.take(), (Ended{1000, "", false}));
}

TEST_F(WebSocketSessionTest, ReportsTheCloseOfAPeerThatDoesNotReadTheAnswer) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) { socket.send_text(text(100'000'000)); });
  client.send(RawWebSocket::frame(kClose, RawWebSocket::close_payload(1001)));
  EXPECT_EQ(ended_.take(), (Ended{1001, "", true}));
}

TEST_F(WebSocketSessionTest, SendsManyMessagesInOrderWithPingsBetween) {
  RawWebSocket client(server_.port());
  greet(client);
  on_socket([](WebSocket& socket) {
    for (int i = 0; i < 500; ++i) {
      socket.send_text(std::to_string(i));
      if (i % 100 == 0) socket.ping();
    }
  });
  int pings = 0;
  for (int next = 0; next < 500;) {
    const auto frame = client.read_frame();
    ASSERT_TRUE(frame.has_value());
    if (frame->first == kPing)
      ++pings;
    else
      EXPECT_EQ(frame->payload, std::to_string(next++));
  }
  EXPECT_GE(pings, 1);
  client.send(RawWebSocket::frame(kPong, "") + RawWebSocket::frame(kClose, ""));
  EXPECT_TRUE(heartbeats_.take());
  ended_.take();
}

TEST_F(WebSocketSessionTest, OutlivesItsServer) {
  RawWebSocket client(server_.port());
  client.send(RawWebSocket::frame(kTextFrame, "before"));
  EXPECT_EQ(client.read_frame()->payload, "before");
  server_.stop();
  client.send(RawWebSocket::frame(kTextFrame, "after"));
  EXPECT_EQ(client.read_frame()->payload, "after");
  on_socket([](WebSocket& socket) { socket.close(1001, {}); });
  EXPECT_EQ(client.read_close_code(), 1001);
  client.send(RawWebSocket::frame(kClose, RawWebSocket::close_payload(1001)));
  EXPECT_EQ(ended_.take(), (Ended{1001, "", false}));
}

TEST(WebSocketSession, IsFreedWithItsLoopAlthoughItsCallbacksHoldIt) {
  std::weak_ptr<WebSocket> seen;
  {
    TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
      exchange->accept({}, {}, [&](std::shared_ptr<WebSocket> socket) {
        seen = socket;
        WebSocketEvents events;
        events.on_message = [socket](std::string message, bool) { socket->send_text(std::move(message)); };
        return events;
      });
    });
    RawWebSocket client(server.port());
    client.send(RawWebSocket::frame(kTextFrame, "x"));
    client.read_frame();
    EXPECT_FALSE(seen.expired());
  }
  EXPECT_TRUE(seen.expired());
}

TEST(WebSocketSession, GivesTheHandlerNullWhenThePeerHasLeft) {
  Mailbox<bool> seen, gone, opened_null;
  std::shared_ptr<HttpExchange> held;
  TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
    held = exchange;
    exchange->on_gone([&] { gone.put(true); });
    seen.put(true);
  });
  RawSocket client(server.port());
  client.send(RawWebSocket::handshake());
  seen.take();
  client.reset();
  gone.take();
  server.thread().on_loop([&] {
    std::exchange(held, nullptr)->accept({}, {}, [&](const std::shared_ptr<WebSocket>& socket) {
      opened_null.put(socket == nullptr);
      return WebSocketEvents{};
    });
  });
  EXPECT_TRUE(opened_null.take());
}

TEST(WebSocketSession, OpensWhenTheHandlerAcceptsLater) {
  Mailbox<bool> seen;
  std::shared_ptr<HttpExchange> held;
  TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
    held = exchange;
    seen.put(true);
  });
  RawSocket client(server.port());
  client.send(RawWebSocket::handshake() + RawWebSocket::frame(kTextFrame, "early"));
  seen.take();
  server.thread().on_loop([&] {
    std::exchange(held, nullptr)->accept({}, {}, [](const std::shared_ptr<WebSocket>& socket) {
      WebSocketEvents events;
      events.on_message = [socket](std::string message, bool) { socket->send_text(std::move(message)); };
      return events;
    });
  });
  client.read_until("\r\n\r\n");
  EXPECT_EQ(client.read(7),
            "\x81\x05"
            "early");
}

}  // namespace
}  // namespace wsdeep::net
