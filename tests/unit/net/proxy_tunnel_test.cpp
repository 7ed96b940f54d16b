#include "net/proxy_tunnel.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "base/error.h"
#include "net/http_client.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"
#include "support/websocket_probe.h"

namespace wsdeep::net {
namespace {

using test::echo_messages;
using test::RawSocket;
using test::SilentListener;
using test::TestServer;
using test::WebSocketProbe;

/// A proxy of which the test writes every byte, named by ALL_PROXY, for servers that only it could reach.
class ProxyTunnelTest : public ::testing::Test {
 protected:
  ProxyTunnelTest() { name_proxy("http://127.0.0.1:" + std::to_string(proxy_.port())); }
  ~ProxyTunnelTest() override {
    for (const char* name : {"ALL_PROXY", "http_proxy"}) unsetenv(name);
  }

  static void name_proxy(const std::string& url) { setenv("ALL_PROXY", url.c_str(), 1); }
  void name_proxy_with_login(const std::string& login) {
    name_proxy("http://" + login + "@127.0.0.1:" + std::to_string(proxy_.port()));
  }

  /// Answers one request and keeps it; then reads to the end.
  std::thread answer(std::string bytes) {
    return std::thread([this, bytes = std::move(bytes)] {
      auto connection = proxy_.accept();
      request_ = connection.read_until("\r\n\r\n");
      connection.send(bytes);
      connection.end_of_sending();
      connection.read_to_end();
    });
  }

  /// The message of a failure, with PROXY for what the proxy is called.
  std::string shown(std::string text) const {
    const std::string name = "127.0.0.1:" + std::to_string(proxy_.port());
    for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), "PROXY");
    return text;
  }

  std::string websocket_failure(const std::string& bytes) {
    std::thread peer = answer(bytes);
    WebSocketProbe client;
    WebSocketTarget target;
    target.url = "ws://gateway.test:8080/prod";
    std::string said = client.failure(target);
    peer.join();
    failure_ = client.failed();
    const std::string place = "cannot open ws://gateway.test:8080/prod: ";
    return shown(said.starts_with(place) ? said.substr(place.size()) : said);
  }

  std::string http_failure(const std::string& url, const std::string& bytes) {
    std::thread peer = answer(bytes);
    HttpCall call;
    call.url = url;
    std::string said = "answered";
    try {
      HttpClient().send(call);
    } catch (const TransportError& error) {
      said = error.what();
      fault_ = error.fault();
    }
    peer.join();
    return shown(said);
  }

  SilentListener proxy_;
  std::string request_;
  OpenFailure failure_;
  TransportFault fault_ = TransportFault::kOther;
};

const std::pair<const char*, const char*> kRefusals[] = {
    {"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n",
     "the proxy PROXY (ALL_PROXY) asks for user and password (407)"},
    {"HTTP/1.0 401 Unauthorized\r\n\r\n", "the proxy PROXY (ALL_PROXY) asks for user and password (401)"},
    {"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: Negotiate\r\n\r\n",
     "the proxy PROXY (ALL_PROXY) asks for a login of a kind that we do not speak (407)"},
    {"HTTP/1.1 407 No\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: basic realm=x\r\n\r\n",
     "the proxy PROXY (ALL_PROXY) asks for user and password (407)"},
    {"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
     "the proxy PROXY (ALL_PROXY) refuses to connect to gateway.test:8080 (403)"},
    {"HTTP/1.0 503 Service Unavailable\r\n\r\n", "the proxy PROXY (ALL_PROXY) does not reach gateway.test:8080 (503)"},
    {"HTTP/1.1 500 Oops\r\n\r\n", "the proxy PROXY (ALL_PROXY) failed (500)"},
    {"HTTP/1.1 405 Method Not Allowed\r\n\r\n", "the proxy PROXY (ALL_PROXY) knows no CONNECT (405)"},
    {"HTTP/1.1 302 Found\r\nLocation: http://login.test/\r\n\r\n",
     "the proxy PROXY (ALL_PROXY) refuses to connect to gateway.test:8080 (302)"},
};

TEST_F(ProxyTunnelTest, NamesEveryRefusalForAWebSocket) {
  for (const auto& [bytes, words] : kRefusals) EXPECT_EQ(websocket_failure(bytes), words);
  EXPECT_EQ(failure_.status, 0);
  const std::pair<std::string, const char*> broken[] = {
      {"", "the proxy PROXY (ALL_PROXY) hung up"},
      {"HTTP/1.1 200 OK\r\nX: y\r\n", "the proxy PROXY (ALL_PROXY) hung up"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "what answers at PROXY (ALL_PROXY) is not an HTTP proxy"},
      {"HTTP/1.1 200 OK\r\n\r\n<html>", "what answers at PROXY (ALL_PROXY) is not an HTTP proxy"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x'), "what answers at PROXY (ALL_PROXY) is not an HTTP proxy"},
      {"HTTP/1.1 200 OK\r\n\r\n", "the server hung up"},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "the server hung up"},
  };
  for (const auto& [bytes, words] : broken) EXPECT_EQ(websocket_failure(bytes), words) << bytes.substr(0, 80);
}

TEST_F(ProxyTunnelTest, NamesEveryRefusalForHttpsInTheSameWords) {
  for (const auto& [bytes, words] : kRefusals)
    EXPECT_EQ(http_failure("https://gateway.test:8080/x?secret=1", bytes),
              std::string("cannot reach https://gateway.test:8080/x: ") + words);
}

TEST_F(ProxyTunnelTest, TakesA407OfTheProxyForNoAnswerOfTheServer) {
  EXPECT_EQ(http_failure("http://gateway.test:8080/x",
                         "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"),
            "cannot reach http://gateway.test:8080/x: the proxy PROXY (ALL_PROXY) asks for user and password (407)");
  EXPECT_EQ(fault_, TransportFault::kOther) << "not one to try again";
  EXPECT_TRUE(request_.starts_with("GET http://gateway.test:8080/x HTTP/1.1\r\n")) << request_;
}

TEST_F(ProxyTunnelTest, TellsWhatIsForGood) {
  websocket_failure("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n");
  EXPECT_TRUE(failure_.for_good);
  EXPECT_EQ(shown(failure_.hint), "put both into ALL_PROXY: http://USER:PASSWORD@PROXY");
  websocket_failure("HTTP/1.1 504 Gateway Timeout\r\n\r\n");
  EXPECT_FALSE(failure_.for_good);
}

TEST_F(ProxyTunnelTest, AsksForTheTargetWithTheLoginOfTheVariable) {
  websocket_failure("HTTP/1.1 500 Oops\r\n\r\n");
  EXPECT_TRUE(request_.starts_with("CONNECT gateway.test:8080 HTTP/1.1\r\nHost: gateway.test:8080\r\n")) << request_;
  EXPECT_EQ(request_.find("Authorization"), std::string::npos) << request_;
  name_proxy_with_login("alice:p%40ss%3A1");
  const std::string said = websocket_failure("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n");
  EXPECT_NE(request_.find("\r\nProxy-Authorization: Basic YWxpY2U6cEBzczox\r\n"), std::string::npos) << request_;
  EXPECT_EQ(said, "the proxy PROXY (ALL_PROXY) does not accept its user and password (407)");
  http_failure("https://gateway.test/", "HTTP/1.1 500 Oops\r\n\r\n");
  EXPECT_NE(request_.find("\r\nProxy-Authorization: Basic YWxpY2U6cEBzczox\r\n"), std::string::npos) << request_;
}

TEST_F(ProxyTunnelTest, CarriesAWebSocketBothWays) {
  TestServer server(echo_messages);
  std::thread peer([&] {
    auto client = proxy_.accept();
    client.read_until("\r\n\r\n");
    client.send("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
    RawSocket upstream(server.port());
    upstream.send(client.read_until("\r\n\r\n"));
    client.send(upstream.read_until("\r\n\r\n"));
    upstream.send(client.read(6 + 5));
    client.send(upstream.read(2 + 5));
    client.read_to_end();
  });
  WebSocketProbe client;
  WebSocketTarget target;
  target.url = "ws://gateway.test:8080/prod";
  client.open(target);
  EXPECT_EQ(client.take(), "opened");
  client.on_socket([](WebSocket& socket) { socket.send_text("hello"); });
  EXPECT_EQ(client.take(), "text hello");
  client.on_socket([](WebSocket& socket) { socket.close(1000, ""); });
  EXPECT_TRUE(client.take().starts_with("closed "));
  peer.join();
}

TEST_F(ProxyTunnelTest, SaysWhichOfTheTwoCannotBeReached) {
  std::uint16_t nobody = 0;
  { nobody = SilentListener().port(); }
  name_proxy("http://127.0.0.1:" + std::to_string(nobody));
  const std::string proxy = "the proxy 127.0.0.1:" + std::to_string(nobody) + " (ALL_PROXY): connection refused";
  WebSocketProbe client;
  WebSocketTarget target;
  target.url = "wss://gateway.test/prod";
  EXPECT_EQ(client.failure(target), "cannot open wss://gateway.test/prod: " + proxy);
  HttpCall call;
  call.url = "https://gateway.test/";
  EXPECT_THROW(
      try { HttpClient().send(call); } catch (const TransportError& error) {
        EXPECT_EQ(error.what(), "cannot reach https://gateway.test/: " + proxy);
        throw;
      },
      TransportError);
  name_proxy("http://nowhere.invalid:3128");
  EXPECT_EQ(client.failure(target),
            "cannot open wss://gateway.test/prod: the proxy nowhere.invalid:3128 (ALL_PROXY): the host name does not "
            "resolve");
}

TEST_F(ProxyTunnelTest, GivesUpOnAProxyThatSaysNothing) {
  WebSocketProbe client;
  WebSocketTarget target;
  target.url = "wss://gateway.test/prod";
  target.timeout = std::chrono::milliseconds(100);
  EXPECT_EQ(shown(client.failure(target)),
            "cannot open wss://gateway.test/prod: the proxy PROXY (ALL_PROXY): timed out");
}

TEST_F(ProxyTunnelTest, RefusesProxiesThatItCannotSpeakTo) {
  WebSocketProbe client;
  WebSocketTarget target;
  target.url = "wss://gateway.test/prod";
  for (const char* scheme : {"https", "socks5", "socks5h", "socks4"}) {
    name_proxy(std::string(scheme) + "://u:secret@proxy.test:1");
    EXPECT_EQ(client.refusal(target),
              "cannot open a WebSocket through " + std::string(scheme) + ":// proxies, and ALL_PROXY names one");
  }
}

}  // namespace
}  // namespace wsdeep::net
