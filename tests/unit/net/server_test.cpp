#include "net/server.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "net/http_client.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"

namespace wsdeep::net {
namespace {

using test::Mailbox;
using test::RawSocket;
using test::TestServer;
using namespace std::chrono_literals;

void echo(const std::shared_ptr<HttpExchange>& exchange) {
  const HttpRequest& request = exchange->request();
  exchange->respond({200, {{"X-Method", request.method}, {"X-Target", request.target}}, request.body});
}

ServerOptions small_limits() {
  ServerOptions options;
  options.max_body_bytes = 100;
  options.max_header_bytes = 1024;
  return options;
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

std::string status_line(const std::string& response) {
  return response.substr(0, response.find("\r\n"));
}

TEST(Server, HandsOverTheWholeRequest) {
  Mailbox<HttpRequest> seen;
  TestServer server([&](const auto& exchange) {
    seen.put(exchange->request());
    exchange->respond({204, {}, {}});
  });
  RawSocket client(server.port());
  client.send("POST /a%20b?q=1 HTTP/1.1\r\nHost: test\r\nX-Twice: 1\r\nx-twice: 2\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 204 No Content\r\n\r\n");
  const HttpRequest request = seen.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a%20b?q=1");
  EXPECT_EQ(request.body, "abc");
  EXPECT_EQ(request.remote_address, "127.0.0.1");
  EXPECT_FALSE(request.secure);
  EXPECT_FALSE(request.wants_websocket);
  const Headers expected{{"Host", "test"}, {"X-Twice", "1"}, {"x-twice", "2"}, {"Content-Length", "3"}};
  EXPECT_EQ(request.headers, expected);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  std::vector<std::shared_ptr<HttpExchange>> waiting;
  Mailbox<std::string> seen;
  TestServer server([&](const auto& exchange) {
    seen.put(exchange->request().target);
    waiting.push_back(exchange);
  });
  RawSocket client(server.port());
  client.send(get("/1") + get("/2") + get("/3"));
  for (const char* target : {"/1", "/2", "/3"}) {
    EXPECT_EQ(seen.take(), target);
    EXPECT_TRUE(seen.empty()) << "the next request was handled before this one was answered";
    server.thread().on_loop([&] { waiting.back()->respond({200, {}, target}); });
    EXPECT_TRUE(client.read_response().ends_with(std::string("\r\n\r\n") + target));
  }
  server.thread().on_loop([&] { waiting.clear(); });
}

TEST(Server, KeepsAConnectionAndClosesWhenAsked) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send(get("/1"));
  EXPECT_NE(client.read_response().find("X-Target: /1\r\n"), std::string::npos);
  client.send("GET /2 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  const std::string last = client.read_to_end();
  EXPECT_NE(last.find("X-Target: /2\r\n"), std::string::npos);
  EXPECT_NE(last.find("Connection: close\r\n"), std::string::npos);
}

TEST(Server, AcceptsNoMoreConnectionsThanItsBound) {
  ServerOptions options;
  options.max_connections = 2;
  TestServer server(echo, options);
  auto one = std::make_unique<RawSocket>(server.port());
  RawSocket two(server.port());
  RawSocket three(server.port());
  one->send(get("/1"));
  EXPECT_NE(one->read_response().find("X-Target: /1\r\n"), std::string::npos);
  three.send(get("/3"));
  for (int times = 0; times < 20; ++times) {  // enough for the third to be answered if it were accepted
    two.send(get("/2"));
    EXPECT_NE(two.read_response().find("X-Target: /2\r\n"), std::string::npos);
  }
  pollfd answered{three.fd(), POLLIN, 0};
  EXPECT_EQ(::poll(&answered, 1, 0), 0);
  one.reset();
  EXPECT_NE(three.read_response().find("X-Target: /3\r\n"), std::string::npos);
}

TEST(Server, AnswersHeadWithoutABody) {
  TestServer server([](const auto& exchange) { exchange->respond({200, {}, "12345"}); });
  RawSocket client(server.port());
  client.send("HEAD / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n");
}

TEST(Server, ReadsAChunkedBody) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send("PUT / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.send("2;x=y\r\nde\r\n0\r\n\r\n");
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\nabcde"));
}

TEST(Server, ReadsARequestThatComesByteByByte) {
  TestServer server(echo);
  RawSocket client(server.port());
  for (const char c : std::string("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nok")) client.send({&c, 1});
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\nok"));
}

TEST(Server, TellsAClientThatAsksToGoOn) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_TRUE(client.read_response().ends_with("\r\n\r\nok"));
}

TEST(Server, RefusesMalformedRequestsWithoutAskingTheHandler) {
  TestServer server([](const auto&) { FAIL() << "the handler saw a malformed request"; });
  for (const char* bad : {"nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                          "GET / HTTP/1.1\r\nHost: a\r\nbroken header\r\n\r\n", "GET / HTTP/3.7\r\nHost: a\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                          "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                          "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n folded: y\x01\r\n\r\n"}) {
    RawSocket client(server.port());
    client.send(bad);
    EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 400 Bad Request") << bad;
  }
}

TEST(Server, RefusesAChunkHeaderWithoutEnd) {
  TestServer server(echo, small_limits());
  RawSocket client(server.port());
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x'));
  EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 400 Bad Request");
}

TEST(Server, RefusesALargeBodyAlsoWhileItIsBeingSent) {
  TestServer server(echo, small_limits());
  RawSocket declared(server.port());
  declared.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n" + std::string(4'000'000, 'x'));
  EXPECT_EQ(status_line(declared.read_to_end()), "HTTP/1.1 413 Payload Too Large");
  RawSocket chunked(server.port());
  chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(0x65, 'x'));
  EXPECT_EQ(status_line(chunked.read_to_end()), "HTTP/1.1 413 Payload Too Large");
}

TEST(Server, RefusesLargeHeaders) {
  TestServer server(echo, small_limits());
  RawSocket client(server.port());
  client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  EXPECT_EQ(status_line(client.read_to_end()), "HTTP/1.1 431 Request Header Fields Too Large");
}

TEST(Server, GivesUpOnASlowRequestAndAnIdleConnection) {
  ServerOptions options;
  options.request_timeout = 1s;
  options.idle_timeout = 1s;
  TestServer server(echo, options);
  RawSocket slow(server.port());
  RawSocket idle(server.port());
  slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(status_line(slow.read_to_end()), "HTTP/1.1 408 Request Timeout");
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST(Server, LetsTheHandlerWaitLongerThanARequestMayTake) {
  ServerOptions options;
  options.request_timeout = 1s;
  options.idle_timeout = 1s;
  EventLoop::Subscription timer;
  std::optional<TestServer> server;
  server.emplace(
      [&](const std::shared_ptr<HttpExchange>& exchange) {
        timer = server->loop().after(1500ms, [exchange] { exchange->respond({200, {}, "late"}); });
      },
      options);
  RawSocket client(server->port());
  client.send(get("/"));
  EXPECT_TRUE(client.read_response().ends_with("late"));
  server->thread().on_loop([&] { timer.cancel(); });
}

TEST(Server, TellsWhenThePeerLeavesBeforeTheAnswer) {
  for (const bool reset : {false, true}) {
    Mailbox<bool> gone, seen;
    std::shared_ptr<HttpExchange> held;
    TestServer server([&](const auto& exchange) {
      held = exchange;
      exchange->on_gone([&] { gone.put(true); });
      seen.put(true);
    });
    RawSocket client(server.port());
    client.send(get("/next"));
    seen.take();
    reset ? client.reset() : client.end_of_sending();
    EXPECT_TRUE(gone.take());
    server.thread().on_loop([&] { held.reset(); });
  }
}

TEST(Server, AnswersAClientThatHasClosedItsSendingSide) {
  TestServer server(echo);
  RawSocket client(server.port());
  client.send(get("/half"));
  client.end_of_sending();
  EXPECT_NE(client.read_to_end().find("X-Target: /half"), std::string::npos);
}

TEST(Server, AnswersForAnExchangeThatWasLetGoOrThrew) {
  TestServer server([](const auto& exchange) {
    if (exchange->request().target == "/throw") throw std::runtime_error("broken");
  });
  RawSocket client(server.port());
  for (const char* target : {"/throw", "/forget"}) {
    client.send(get(target));
    EXPECT_EQ(status_line(client.read_response()), "HTTP/1.1 500 Internal Server Error");
  }
}

TEST(Server, DropsResponseFieldsThatWouldSplitTheResponse) {
  TestServer server([](const auto& exchange) {
    exchange->respond({200, {{"X-Bad", "a\r\nX-Evil: 1"}, {"Content-Length", "77"}, {"X-Good", "1"}}, "ok"});
  });
  RawSocket client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.read_response(), "HTTP/1.1 200 OK\r\nX-Good: 1\r\nContent-Length: 2\r\n\r\nok");
}

TEST(Server, CarriesLargeBodiesBothWays) {
  TestServer server(echo);
  HttpCall call;
  call.method = "POST";
  call.url = server.url();
  for (std::size_t i = 0; i < 4'000'000; ++i) call.body += static_cast<char>(i * 7);
  EXPECT_EQ(HttpClient().send(call).body, call.body);
}

TEST(Server, ServesManyClientsAtOnce) {
  TestServer server(echo);
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c)
    clients.emplace_back([&, c] {
      HttpClient client;
      for (int i = 0; i < 50; ++i) {
        HttpCall call;
        call.method = "POST";
        call.url = server.url();
        call.body = std::to_string(c * 1000 + i);
        if (client.send(call).body == call.body) ++right;
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 8 * 50);
}

TEST(Server, DropsItsConnectionsWhenDestroyedAndTheLoopGoesOn) {
  std::shared_ptr<HttpExchange> held;
  Mailbox<bool> seen;
  TestServer server([&](const auto& exchange) {
    held = exchange;
    exchange->on_gone([held] {});
    seen.put(true);
  });
  RawSocket waiting(server.port()), idle(server.port()), amid(server.port());
  amid.send("GET / HT");
  waiting.send(get("/"));
  seen.take();
  server.stop();
  EXPECT_EQ(waiting.read_to_end() + idle.read_to_end() + amid.read_to_end(), "");
  server.thread().on_loop([&] { held->respond({200, {}, "too late"}); });
  EXPECT_THROW(RawSocket{server.port()}, std::runtime_error);
}

TEST(Server, AllowsAnExchangeToOutliveItAndItsLoop) {
  std::shared_ptr<HttpExchange> held;
  {
    Mailbox<bool> seen;
    TestServer server([&](const auto& exchange) {
      held = exchange;
      seen.put(true);
    });
    RawSocket client(server.port());
    client.send(get("/kept"));
    seen.take();
  }
  EXPECT_EQ(held->request().target, "/kept");
  held->respond({200, {}, "nobody listens"});
}

TEST(Server, MayBeDestroyedByItsOwnHandler) {
  test::LoopThread thread;
  std::optional<Server> server;
  std::uint16_t port = 0;
  thread.on_loop([&] {
    server.emplace(thread.loop(), ServerOptions{}, [&](const auto&) { server.reset(); });
    port = server->port();
  });
  RawSocket client(port);
  client.send(get("/"));
  EXPECT_EQ(client.read_to_end(), "");
  thread.on_loop([&] { EXPECT_FALSE(server.has_value()); });
}

TEST(Server, SaysWhyItCannotListen) {
  EventLoop loop;
  const Server first(loop, {}, echo);
  const auto fault = [&](const std::string& address, std::uint16_t port) {
    ServerOptions options;
    options.address = address;
    options.port = port;
    try {
      const Server second(loop, options, echo);
    } catch (const Error& error) {
      return std::string(error.what()) + (error.hint().empty() ? "" : " (hint)");
    }
    return std::string("listens");
  };
  const std::string port = std::to_string(first.port());
  EXPECT_EQ(fault("127.0.0.1", first.port()), "cannot listen on 127.0.0.1:" + port + ": address already in use (hint)");
  EXPECT_EQ(fault("192.0.2.1", 0), "cannot listen on 192.0.2.1:0: cannot assign requested address (hint)");
  EXPECT_EQ(fault("nowhere", 80), "cannot listen on nowhere:80: not an IP address");
}

}  // namespace
}  // namespace wsdeep::net
