#include "net/http_client.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/raw_socket.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"

namespace wsdeep::net {
namespace {

using test::Mailbox;
using test::SilentListener;
using test::TestServer;
using namespace std::chrono_literals;

HttpCall call_to(const std::string& url) {
  HttpCall call;
  call.url = url;
  return call;
}

/// The fault, and the message, of a call that must fail.
std::pair<TransportFault, std::string> fault_of(const HttpCall& call) {
  try {
    HttpClient().send(call);
  } catch (const TransportError& error) {
    return {error.fault(), error.what()};
  }
  throw std::logic_error("the call succeeded");
}

class HttpClientTest : public ::testing::Test {
 protected:
  Mailbox<HttpRequest> seen_;
  HttpResponse answer_{200, {{"X-One", "1"}, {"x-two", " 2 "}}, "body"};
  TestServer server_{[this](const std::shared_ptr<HttpExchange>& exchange) {
    seen_.put(exchange->request());
    exchange->respond(answer_);
  }};
};

TEST_F(HttpClientTest, SendsExactlyWhatTheCallSays) {
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    HttpCall call = call_to(server_.url("/a/../b%2F?x=%20"));
    call.method = method;
    call.headers = {{"X-Mine", "yes"}, {"X-Empty", ""}};
    call.body = std::string("zero \0 byte", 11);
    HttpClient().send(call);
    const HttpRequest request = seen_.take();
    EXPECT_EQ(request.method, method);
    EXPECT_EQ(request.target, "/a/../b%2F?x=%20");
    EXPECT_EQ(request.body, call.body);
    EXPECT_EQ(header(request.headers, "x-mine"), "yes");
    EXPECT_EQ(header(request.headers, "X-Empty"), "");
    EXPECT_EQ(header(request.headers, "Content-Length"), "11");
    for (const char* unwanted : {"Expect", "Content-Type", "User-Agent", "Accept-Encoding", "Transfer-Encoding"})
      EXPECT_EQ(header(request.headers, unwanted), std::nullopt) << unwanted;
  }
}

TEST_F(HttpClientTest, ReturnsAnyStatusWithItsHeaders) {
  for (const int status : {200, 302, 404, 503}) {
    answer_.status = status;
    const HttpResponse response = HttpClient().send(call_to(server_.url()));
    EXPECT_EQ(response.status, status);
    EXPECT_EQ(response.body, "body");
    EXPECT_EQ(header(response.headers, "x-one"), "1");
    EXPECT_EQ(header(response.headers, "X-Two"), "2");
  }
}

TEST_F(HttpClientTest, TakesTheHeadersOfAHeadRequest) {
  HttpCall call = call_to(server_.url());
  call.method = "HEAD";
  const HttpResponse response = HttpClient().send(call);
  EXPECT_EQ(header(response.headers, "Content-Length"), "4");
  EXPECT_EQ(response.body, "");
}

TEST(HttpClient, KeepsItsConnection) {
  SilentListener listener;
  std::thread peer([&] {
    auto connection = listener.accept();
    for (int i = 0; i < 3; ++i) {
      connection.read_until("\r\n\r\n");
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(i));
    }
  });
  HttpClient client;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.send(call_to(listener.url())).body, std::to_string(i));
  peer.join();
}

/// A peer that answers one request, and closes the kept connection at the second one; how many requests came in all.
int requests_at_a_peer_that_hangs_up(HttpCall call, std::optional<TransportFault>& fault) {
  SilentListener listener;
  call.url = listener.url();
  int requests = 0;
  std::thread peer([&] {
    {
      auto first = listener.accept();
      for (; requests < 2; ++requests) {
        first.read_until(call.body.empty() ? "\r\n\r\n" : call.body);
        if (requests == 0) first.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      }
    }
    for (std::string head; head.empty();) {
      auto next = listener.accept();
      head =
          next.read(call.method.size());  // nothing on a connection that libcurl opened for a request it may not repeat
      if (head == call.method) ++requests;
      if (!head.empty()) next.read_until("\r\n\r\n");
      next.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
  });
  HttpClient client;
  client.send(call);
  try {
    client.send(call);
  } catch (const TransportError& error) {
    fault = error.fault();
    client.send(call_to(listener.url()));  // lets the peer go
  }
  peer.join();
  return requests;
}

TEST(HttpClient, SendsARequestOnceWhenAKeptConnectionEnds) {
  for (const auto& [method, body] : {std::pair("POST", "body"), std::pair("DELETE", "")}) {
    std::optional<TransportFault> fault;
    HttpCall call = call_to("");
    call.method = method;
    call.body = body;
    EXPECT_EQ(requests_at_a_peer_that_hangs_up(call, fault), 3) << "libcurl does not send again any more: " << method;
    EXPECT_EQ(fault, std::nullopt);
    call.send_once = true;
    EXPECT_EQ(requests_at_a_peer_that_hangs_up(call, fault), 2) << method;
    EXPECT_EQ(fault, TransportFault::kBroken);
  }
}

TEST_F(HttpClientTest, SendsOnceExactlyWhatTheCallSays) {
  for (const std::size_t size : {0, 11, 300'000}) {
    HttpCall call = call_to(server_.url("/x"));
    call.method = "POST";
    call.body = std::string(size, 'b');
    call.send_once = true;
    HttpClient().send(call);
    const HttpRequest request = seen_.take();
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.body, call.body);
    EXPECT_EQ(header(request.headers, "Content-Length"), std::to_string(size));
    for (const char* unwanted : {"Expect", "Content-Type", "Transfer-Encoding"})
      EXPECT_EQ(header(request.headers, unwanted), std::nullopt) << unwanted;
  }
}

TEST_F(HttpClientTest, GivesTheBodyPieceByPiece) {
  answer_.body = std::string(1'000'000, 'x');
  HttpCall call = call_to(server_.url());
  call.max_response_bytes = 10;
  std::size_t total = 0;
  call.on_data = [&](std::string_view piece) {
    total += piece.size();
    return true;
  };
  EXPECT_EQ(HttpClient().send(call).body, "");
  EXPECT_EQ(total, answer_.body.size()) << "the limit is for a body that is kept";
}

TEST_F(HttpClientTest, EndsWhenTheConsumerHasEnough) {
  HttpCall call = call_to(server_.url());
  call.on_data = [](std::string_view) { return false; };
  EXPECT_EQ(fault_of(call).first, TransportFault::kCancelled);
}

TEST_F(HttpClientTest, LetsTheConsumersExceptionThrough) {
  HttpCall call = call_to(server_.url());
  call.on_data = [](std::string_view) -> bool { throw std::out_of_range("bad event"); };
  EXPECT_THROW(HttpClient().send(call), std::out_of_range);
}

TEST_F(HttpClientTest, RefusesAResponseAboveTheLimit) {
  HttpCall call = call_to(server_.url());
  call.max_response_bytes = 3;
  EXPECT_EQ(fault_of(call).first, TransportFault::kTooLarge);
  call.max_response_bytes = 4;
  EXPECT_EQ(HttpClient().send(call).body, "body");
}

TEST_F(HttpClientTest, RefusesAHeaderThatWouldSplitTheRequest) {
  HttpCall call = call_to(server_.url());
  call.headers = {{"X-Token", "a\r\nX-Evil: secret"}};
  const auto [fault, message] = fault_of(call);
  EXPECT_EQ(fault, TransportFault::kOther);
  EXPECT_EQ(message.find("secret"), std::string::npos);
}

TEST(HttpClient, TellsARefusedConnectionWithoutTheQuery) {
  std::uint16_t port = 0;
  { port = SilentListener().port(); }
  const std::string url = "http://127.0.0.1:" + std::to_string(port) + "/path";
  EXPECT_EQ(fault_of(call_to(url + "?token=secret#x")),
            std::pair(TransportFault::kRefused, "cannot reach " + url + ": connection refused"));
}

TEST(HttpClient, TellsATimeout) {
  const SilentListener listener;
  HttpCall call = call_to(listener.url());
  call.timeout = 50ms;
  EXPECT_EQ(fault_of(call).first, TransportFault::kTimeout);
}

TEST(HttpClient, TellsAConnectionThatBreaks) {
  for (const char* answer :
       {"", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"}) {
    SilentListener listener;
    std::thread peer([&] {
      auto connection = listener.accept();
      connection.read_until("\r\n\r\n");
      connection.send(answer);
    });
    EXPECT_EQ(fault_of(call_to(listener.url())).first, TransportFault::kBroken) << answer;
    peer.join();
  }
}

TEST(HttpClient, TellsANameThatDoesNotResolve) {
  EXPECT_EQ(fault_of(call_to("http://nowhere.invalid/")).first, TransportFault::kResolve);
}

TEST(HttpClient, SpeaksOnlyHttp) {
  EXPECT_EQ(fault_of(call_to("ws://127.0.0.1/")).first, TransportFault::kOther);
}

TEST(HttpClient, BoundsTheHeadersOfAResponse) {
  SilentListener listener;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 100'000; ++i) connection.send("X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n");
  });
  EXPECT_EQ(fault_of(call_to(listener.url())).first, TransportFault::kTooLarge);
  peer.join();
}

TEST(HttpClient, IsCancelledFromAnotherThread) {
  SilentListener listener;
  std::stop_source stop;
  std::thread peer([&] {
    auto connection = listener.accept();
    connection.read_until("\r\n\r\n");
    stop.request_stop();
    EXPECT_EQ(connection.read_to_end(), "");
  });
  HttpCall call = call_to(listener.url());
  call.timeout = 0ms;
  call.cancel = stop.get_token();
  EXPECT_EQ(fault_of(call).first, TransportFault::kCancelled);
  peer.join();
}

TEST(HttpClient, StaysUsableAfterACancelledCall) {
  TestServer server([](const auto& exchange) { exchange->respond({200, {}, "ok"}); });
  std::stop_source stop;
  stop.request_stop();
  HttpClient client;
  HttpCall call = call_to(server.url());
  call.cancel = stop.get_token();
  EXPECT_THROW(client.send(call), TransportError);
  call.cancel = {};
  EXPECT_EQ(client.send(call).body, "ok");
}

}  // namespace
}  // namespace wsdeep::net
