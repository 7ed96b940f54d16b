#include "net/websocket_client.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <set>
#include <thread>

#include "base/encoding.h"
#include "base/error.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"
#include "support/websocket_probe.h"

namespace wsdeep::net {
namespace {

using test::echo_messages;
using test::LoopThread;
using test::Mailbox;
using test::RawWebSocket;
using test::SilentListener;
using test::TestServer;
using test::WebSocketProbe;
using namespace std::chrono_literals;

/// RFC 6455 §4.2.2.
std::string websocket_accept(const std::string& key) {
  const std::string text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  return base64({reinterpret_cast<const char*>(digest), sizeof digest});
}

WebSocketTarget target_of(std::uint16_t port, const std::string& rest = "/dev?token=secret") {
  WebSocketTarget target;
  target.url = "ws://127.0.0.1:" + std::to_string(port) + rest;
  return target;
}

TEST(WebSocketClient, TalksAndCloses) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  client.open(target_of(server.port()));
  EXPECT_EQ(client.take(), "opened");
  EXPECT_EQ(header(client.response(), "X-Answer"), "yes");
  client.on_socket([](WebSocket& socket) {
    socket.send_text("hello");
    socket.ping();
  });
  std::set<std::string> said{client.take(), client.take()};
  EXPECT_EQ(said, (std::set<std::string>{"text hello", "heartbeat"}));
  client.on_socket([](WebSocket& socket) { socket.close(1000, "done"); });
  EXPECT_EQ(client.take(), "closed 1000 ''");
}

TEST(WebSocketClient, ReportsTheServersClose) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  client.open(target_of(server.port()));
  client.take();
  client.on_socket([](WebSocket& socket) { socket.send_text("close"); });
  EXPECT_EQ(client.take(), "closed 4000 'as told' by peer");
}

TEST(WebSocketClient, TellsWhenEachStepOfOpeningWasDone) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  const SteadyTime before = std::chrono::steady_clock::now();
  client.open(target_of(server.port()));
  ASSERT_EQ(client.take(), "opened");
  const OpenTimes& times = client.times();
  ASSERT_TRUE(times.resolved && times.connected && times.upgraded);
  EXPECT_FALSE(times.secured);
  const std::vector<SteadyTime> order{before,           times.begun,     *times.resolved,
                                      *times.connected, *times.upgraded, std::chrono::steady_clock::now()};
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(WebSocketClient, TellsHowFarItCameWhenOpeningFailed) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) { exchange->respond({503, {}, ""}); });
  WebSocketProbe client;
  client.failure(target_of(server.port()));
  EXPECT_TRUE(client.failed().times.connected);
  EXPECT_FALSE(client.failed().times.upgraded);
  SilentListener nobody;
  ::shutdown(nobody.fd(), SHUT_RDWR);
  client.failure(target_of(nobody.port()));
  EXPECT_TRUE(client.failed().times.resolved);
  EXPECT_FALSE(client.failed().times.connected);
}

TEST(WebSocketClient, TellsWhenTheReadReturnedThatBroughtAMessage) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  client.open(target_of(server.port()));
  client.take();
  client.on_socket([](WebSocket& socket) { socket.send_text("hello"); });
  EXPECT_EQ(client.take(), "text hello");
  EXPECT_GT(client.message_at(), *client.times().upgraded);
  EXPECT_LE(client.message_at(), std::chrono::steady_clock::now());
}

TEST(WebSocketClient, SendsTheHeadersAndTheTargetAsGiven) {
  Mailbox<HttpRequest> seen;
  TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
    seen.put(exchange->request());
    echo_messages(exchange);
  });
  WebSocketProbe client;
  WebSocketTarget target = target_of(server.port(), "/dev%2Fx?sessionId=1");
  target.headers = {{"Authorization", "Bearer t"}, {"Cookie", "a=1"}, {"Cookie", "b=2"}, {"User-Agent", "mine"}};
  client.open(target);
  EXPECT_EQ(client.take(), "opened");
  const HttpRequest request = seen.take();
  EXPECT_TRUE(request.wants_websocket);
  EXPECT_EQ(request.target, "/dev%2Fx?sessionId=1");
  EXPECT_EQ(header(request.headers, "Authorization"), "Bearer t");
  EXPECT_EQ(header(request.headers, "User-Agent"), "mine");
  EXPECT_EQ(header(request.headers, "Host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(header(request.headers, "Sec-WebSocket-Extensions"), std::nullopt);
  EXPECT_EQ(std::count_if(request.headers.begin(), request.headers.end(),
                          [](const auto& field) { return field.first == "Cookie"; }),
            2);
}

TEST(WebSocketClient, SendsLongMessagesInFramesThatTheGatewayTakes) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  client.open(target_of(server.port()));
  client.take();
  const std::string longest(128 * 1024, 'x');
  client.on_socket([&](WebSocket& socket) { socket.send_text(longest); });
  EXPECT_TRUE(client.take() == "text " + longest);
  client.on_socket([&](WebSocket& socket) { socket.send_text(longest + "x"); });
  EXPECT_EQ(client.take(), "closed 1009 '' by peer");
}

TEST(WebSocketClient, RefusesAMessageAboveItsLimit) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  WebSocketTarget target = target_of(server.port());
  target.max_message_bytes = 5;
  client.open(target);
  client.take();
  client.on_socket([](WebSocket& socket) {
    socket.send_text("12345");
    socket.send_text("123456");
  });
  EXPECT_EQ(client.take(), "text 12345");
  EXPECT_TRUE(client.take().starts_with("closed 1009 "));
}

TEST(WebSocketClient, HandsOverARefusedHandshake) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({401, {{"WWW-Authenticate", "Bearer"}}, R"({"message":"Unauthorized"})"});
  });
  WebSocketProbe client;
  EXPECT_EQ(client.failure(target_of(server.port())),
            "cannot open ws://127.0.0.1:" + std::to_string(server.port()) + "/dev: the server refused the WebSocket");
  EXPECT_EQ(client.failed().status, 401);
  EXPECT_EQ(header(client.failed().headers, "WWW-Authenticate"), "Bearer");
  EXPECT_EQ(client.failed().body, R"({"message":"Unauthorized"})");
}

TEST(WebSocketClient, KeepsTheBeginningOfALongRefusal) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({502, {{"X-Long", std::string(3000, 'h')}}, std::string(5'000'000, 'x')});
  });
  WebSocketProbe client;
  client.failure(target_of(server.port()));
  EXPECT_EQ(client.failed().status, 502);
  EXPECT_EQ(client.failed().body, std::string(64 * 1024, 'x'));
}

TEST(WebSocketClient, TellsTheStatusOfARefusalThatNeverEnds) {
  SilentListener listener;
  WebSocketProbe client;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf");
    connection.read_to_end();
  });
  WebSocketTarget target = target_of(listener.port());
  target.timeout = 200ms;
  EXPECT_TRUE(client.failure(target).ends_with("timed out"));
  peer.join();
  EXPECT_EQ(client.failed().status, 503);
  EXPECT_EQ(client.failed().body, "half");
}

TEST(WebSocketClient, ReadsFramesThatComeTogetherWithALongResponse) {
  SilentListener listener;
  WebSocketProbe client;
  const std::string message(1000, 'm');
  std::thread peer([&] {
    auto connection = listener.accept();
    const std::string request = connection.read_until("\r\n\r\n");
    const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
    std::string burst = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\nX-Long: " +
                        std::string(2000, 'h') + "\r\nSec-WebSocket-Accept: " +
                        websocket_accept(request.substr(key, request.find("\r\n", key) - key)) + "\r\n\r\n";
    for (int i = 0; i < 20; ++i) burst += std::string("\x81\x7E\x03\xE8", 4) + message;
    connection.send(burst);
  });
  client.open(target_of(listener.port()));
  EXPECT_EQ(client.take(), "opened");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.take(), "text " + message);
  EXPECT_EQ(client.take(), "closed 1006 '' by peer");
  peer.join();
}

/// What the client says when `answer` comes, in which ACCEPT stands for the right Sec-WebSocket-Accept.
std::string said_to(std::string answer, const Headers& offered = {}) {
  SilentListener listener;
  WebSocketProbe client;
  std::thread peer([&] {
    auto connection = listener.accept();
    const std::string request = connection.read_until("\r\n\r\n");
    const std::size_t key = request.find("Sec-WebSocket-Key: ") + 19;
    const std::string accept = websocket_accept(request.substr(key, request.find("\r\n", key) - key));
    if (const std::size_t at = answer.find("ACCEPT"); at != std::string::npos) answer.replace(at, 6, accept);
    connection.send(answer);
    connection.end_of_sending();
    connection.read_to_end();
  });
  WebSocketTarget target = target_of(listener.port(), "/");
  target.headers = offered;
  std::string said = client.failure(target);
  client.cancel();
  if (said == "opened") client.on_socket([](WebSocket& socket) { socket.close(1000, ""); });
  peer.join();
  EXPECT_EQ(client.failed().status, 0);
  const std::string place = "cannot open " + target.url + ": ";
  return said.starts_with(place) ? said.substr(place.size()) : said;
}

TEST(WebSocketClient, TakesOnlyAnAnswerThatAnswersItsHandshake) {
  const std::string status = "HTTP/1.1 101 Switching Protocols\r\n", upgrade = "Upgrade: websocket\r\n",
                    connection = "Connection: Upgrade\r\n", accept = "Sec-WebSocket-Accept: ACCEPT\r\n", end = "\r\n",
                    good = status + upgrade + connection + accept;
  const std::string no = "the server's answer is not a valid WebSocket handshake: ";
  const std::pair<std::string, std::string> answers[] = {
      {good + end, "opened"},
      {status + "upgrade: WebSocket\r\nconnection: keep-alive, upgrade\r\n" + accept + end, "opened"},
      {"HTTP/1.0 101 Switching Protocols\r\n" + upgrade + connection + accept + end, no + "it is not HTTP/1.1"},
      {status + connection + accept + end, no + "it has no 'Upgrade: websocket'"},
      {status + "Upgrade: h2c\r\n" + connection + accept + end, no + "it has no 'Upgrade: websocket'"},
      {status + upgrade + accept + end, no + "it has no 'Connection: Upgrade'"},
      {status + upgrade + "Connection: keep-alive\r\n" + accept + end, no + "it has no 'Connection: Upgrade'"},
      {status + upgrade + connection + end, no + "it has no Sec-WebSocket-Accept"},
      {status + upgrade + connection + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
       no + "its Sec-WebSocket-Accept does not answer our key"},
      {good + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n", no + "Sec-WebSocket-Accept is there twice"},
      {good + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
       no + "it uses an extension that was not offered: 'permessage-deflate'"},
      {good + "Sec-WebSocket-Protocol: chat\r\n\r\n", no + "it speaks a subprotocol that was not offered: 'chat'"},
      {"", "the server hung up"},
      {"HTTP/1.1 101 Switch", "the server hung up"},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "the server's answer is not HTTP (bad version)"},
      {"\x15\x03\x01\x02\x02\x46", "the server speaks TLS: use wss://"},
  };
  for (const auto& [answer, said] : answers) EXPECT_EQ(said_to(answer), said) << answer;
  const Headers chat{{"Sec-WebSocket-Protocol", "chat"}};
  EXPECT_EQ(said_to(good + "Sec-WebSocket-Protocol: chat\r\n\r\n", chat), "opened");
  EXPECT_EQ(said_to(good + "Sec-WebSocket-Protocol: talk\r\n\r\n", chat),
            no + "it speaks a subprotocol that was not offered: 'talk'");
}

TEST(WebSocketClient, GivesUpOnAServerThatSaysNothing) {
  const SilentListener listener;
  for (const char* scheme : {"ws", "wss"}) {
    WebSocketProbe client;
    WebSocketTarget target;
    target.url = scheme + std::string("://127.0.0.1:") + std::to_string(listener.port()) + "/?token=secret";
    target.timeout = 100ms;
    EXPECT_EQ(client.failure(target), "cannot open " + target.url.substr(0, target.url.find('?')) + ": timed out");
    EXPECT_EQ(client.failed().status, 0);
  }
}

TEST(WebSocketClient, TellsWhyItCannotConnect) {
  std::uint16_t port = 0;
  { port = SilentListener().port(); }
  WebSocketProbe client;
  EXPECT_TRUE(client.failure(target_of(port)).ends_with("/dev: connection refused"));
  WebSocketTarget nowhere;
  nowhere.url = "ws://nowhere.invalid/";
  EXPECT_EQ(client.failure(nowhere), "cannot open ws://nowhere.invalid/: the host name does not resolve");
}

TEST(WebSocketClient, TellsAServerThatHangsUp) {
  SilentListener listener;
  WebSocketProbe client;
  std::thread peer([&] { listener.accept().read_until("\r\n\r\n"); });
  EXPECT_EQ(client.failure(target_of(listener.port(), "/")),
            "cannot open ws://127.0.0.1:" + std::to_string(listener.port()) + "/: the server hung up");
  peer.join();
}

TEST(WebSocketClient, CallsNothingOnceItsAttemptIsCancelled) {
  SilentListener listener;
  WebSocketProbe client;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    client.cancel();
    EXPECT_EQ(connection.read_to_end(), "") << "the connection was closed";
  });
  client.open(target_of(listener.port()));
  peer.join();
  EXPECT_TRUE(client.quiet());
}

TEST(WebSocketClient, StaysOpenWhenTheAttemptIsLetGoAfterwards) {
  TestServer server(echo_messages);
  WebSocketProbe client;
  client.open(target_of(server.port()));
  EXPECT_EQ(client.take(), "opened");
  client.cancel();
  client.on_socket([](WebSocket& socket) { socket.send_text("still here"); });
  EXPECT_EQ(client.take(), "text still here");
}

TEST(WebSocketClient, RefusesOtherSchemesAndBrokenHeaders) {
  WebSocketProbe client;
  WebSocketTarget target = target_of(1);
  target.headers = {{"Cookie", "a\r\nX: y"}};
  EXPECT_THROW(client.open(target), Error);
  target.url = "http://127.0.0.1/";
  EXPECT_THROW(client.open(target), Error);
}

TEST(WebSocketClient, OpensManyAtOnce) {
  TestServer server(echo_messages);
  Mailbox<std::string> said;
  LoopThread thread;
  std::vector<EventLoop::Subscription> attempts;
  thread.on_loop([&] {
    for (int i = 0; i < 200; ++i)
      attempts.push_back(open_websocket(
          thread.loop(), target_of(server.port()),
          [&, i](const std::shared_ptr<WebSocket>& socket, const Headers&, const OpenTimes&) {
            socket->send_text(std::to_string(i));
            WebSocketEvents events;
            events.on_message = [&, socket](std::string message, bool) { said.put(std::move(message)); };
            return events;
          },
          [&](const OpenFailure& failure) { said.put(failure.cause); }));
  });
  std::set<std::string> all;
  for (int i = 0; i < 200; ++i) all.insert(said.take());
  for (int i = 0; i < 200; ++i) EXPECT_EQ(all.count(std::to_string(i)), 1u) << i;
  thread.on_loop([&] { attempts.clear(); });
}

}  // namespace
}  // namespace wsdeep::net
