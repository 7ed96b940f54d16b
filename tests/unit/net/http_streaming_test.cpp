#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "net/chunked_post.h"
#include "net/http_client.h"
#include "net/server.h"
#include "support/interruptions.h"
#include "support/raw_socket.h"
#include "support/server_fixture.h"

namespace wsdeep::net {
namespace {

using test::Mailbox;
using test::RawSocket;
using test::TestServer;

const std::string kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

/// Hands the body of each answer to the test, which writes it from the loop.
class Streaming : public ::testing::Test {
 protected:
  std::shared_ptr<HttpBody> next_body() { return bodies_.take(); }
  void write(const std::shared_ptr<HttpBody>& body, std::string_view piece) {
    server_.thread().on_loop([&] { body->write(piece); });
  }
  void end(std::shared_ptr<HttpBody>& body) {
    server_.thread().on_loop([&] {
      body->end();
      body.reset();
    });
  }

  Mailbox<std::shared_ptr<HttpBody>> bodies_;
  Mailbox<std::string> events_;
  TestServer server_{[this](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->on_gone([this] { events_.put("gone"); });
    bodies_.put(exchange->respond_streaming({200, {{"Content-Type", "text/plain"}}, ""}));
  }};
};

TEST_F(Streaming, SendsPiecesAsTheyCome) {
  RawSocket client(server_.port());
  client.send(kGet);
  auto body = next_body();
  EXPECT_EQ(client.read_until("\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
  write(body, "hello");
  EXPECT_EQ(client.read_until("hello\r\n"), "5\r\nhello\r\n");
  write(body, "");
  write(body, std::string(17, 'x'));
  EXPECT_EQ(client.read_until("xx\r\n").substr(0, 4), "11\r\n");
  end(body);
  EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
  client.send(kGet);  // the connection goes on
  body = next_body();
  end(body);
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("0\r\n\r\n"));
}

TEST_F(Streaming, SendsAnOldClientAllUntilTheConnectionEnds) {
  RawSocket client(server_.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  auto body = next_body();
  write(body, "hello");
  end(body);
  const std::string answer = client.read_to_end();
  EXPECT_TRUE(answer.ends_with("\r\n\r\nhello")) << answer;
  EXPECT_EQ(answer.find("chunked"), std::string::npos);
}

TEST_F(Streaming, CutsWhatIsLetGoBeforeItsEnd) {
  RawSocket client(server_.port());
  client.send(kGet);
  auto body = next_body();
  write(body, "half");
  client.read_until("half\r\n");
  server_.thread().on_loop([&] { body.reset(); });
  EXPECT_EQ(client.read_to_end().find("0\r\n"), std::string::npos);
}

TEST_F(Streaming, HearsThatTheClientIsGone) {
  auto client = std::make_optional<RawSocket>(server_.port());
  client->send(kGet);
  auto body = next_body();
  client->read_until("\r\n\r\n");
  client.reset();
  EXPECT_EQ(events_.take(), "gone");
  write(body, "to nobody");
  server_.thread().on_loop([&] { body.reset(); });
}

TEST(StreamingTwice, LeavesTheConnectionToItsFirstAnswer) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({200, {}, "first"});
    exchange->respond_streaming({200, {}, ""})->write("second");
  });
  RawSocket client(server.port());
  for (int i = 0; i < 2; ++i) {
    client.send(kGet);
    EXPECT_TRUE(client.read_response().ends_with("first"));
  }
}

/// A message without a body has none, however it is sent; to a client, chunks would be its next answer.
TEST(StreamingWithoutBody, SendsNothingBehindTheHead) {
  Mailbox<std::shared_ptr<HttpBody>> bodies;
  TestServer server([&](const std::shared_ptr<HttpExchange>& exchange) {
    const int status = exchange->request().target == "/same" ? 304 : 204;
    bodies.put(exchange->respond_streaming({status, {}, ""}));
  });
  RawSocket client(server.port());
  for (const auto& [target, line] : {std::pair("/none", "204 No Content"), std::pair("/same", "304 Not Modified")}) {
    client.send(std::string("GET ") + target + " HTTP/1.1\r\nHost: test\r\n\r\n");
    auto body = bodies.take();
    server.thread().on_loop([&] {
      body->write("not to be sent");
      body->end();
      body.reset();
    });
    EXPECT_EQ(client.read_until("\r\n\r\n"), std::string("HTTP/1.1 ") + line + "\r\n\r\n");
  }
  client.end_of_sending();
  EXPECT_EQ(client.read_to_end(), "");
}

/// What comes of requests that are handed over at their head.
class StreamedRequest : public ::testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.max_body_bytes = 16;
    options.at_head = [](const HttpRequest& head) { return head.target == "/stream"; };
    return options;
  }

  Mailbox<std::string> events_;
  TestServer server_{[this](const std::shared_ptr<HttpExchange>& exchange) {
                       if (exchange->request().target != "/stream") return exchange->respond({200, {}, "whole"});
                       events_.put("head " + header(exchange->request().headers, "X-A").value_or(""));
                       exchange->on_gone([this] { events_.put("gone"); });
                       if (header(exchange->request().headers, "X-A") == "no")
                         return exchange->respond({403, {}, "no"});
                       exchange->on_body([this, exchange](const std::string& piece, const Headers* all) {
                         if (!piece.empty()) events_.put(piece);
                         if (all == nullptr) return;
                         events_.put("end " + header(*all, "X-Trailer").value_or("none"));
                         exchange->respond({202, {}, "ok"});
                       });
                     },
                     options()};
};

TEST_F(StreamedRequest, ComesPieceByPieceWithItsTrailers) {
  RawSocket client(server_.port());
  client.send("POST /stream HTTP/1.1\r\nHost: t\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(events_.take(), "head 1");
  client.send("5\r\nhello\r\n");
  EXPECT_EQ(events_.take(), "hello");
  client.send("14\r\n" + std::string(20, 'x') + "\r\n");
  EXPECT_EQ(events_.take(), std::string(20, 'x')) << "beyond max_body_bytes";
  client.send("0\r\nX-Trailer: t\r\n\r\n");
  EXPECT_EQ(events_.take(), "end t");
  EXPECT_TRUE(client.read_response().ends_with("ok"));
  client.send(kGet);
  EXPECT_TRUE(client.read_response().ends_with("whole"));
}

TEST_F(StreamedRequest, MayComeAtOnce) {
  RawSocket client(server_.port());
  client.send("POST /stream HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(events_.take(), "head ");
  EXPECT_EQ(events_.take(), "hello");
  EXPECT_EQ(events_.take(), "end none");
}

TEST_F(StreamedRequest, IsCutByAnEarlyAnswerAndByItsSender) {
  RawSocket refused(server_.port());
  refused.send("POST /stream HTTP/1.1\r\nHost: t\r\nX-A: no\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_EQ(events_.take(), "head no");
  EXPECT_NE(refused.read_to_end().find("Connection: close"), std::string::npos);
  auto leaving = std::make_optional<RawSocket>(server_.port());
  leaving->send("POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  EXPECT_EQ(events_.take(), "head ");
  EXPECT_EQ(events_.take(), "hello");
  leaving.reset();
  EXPECT_EQ(events_.take(), "gone");
  RawSocket malformed(server_.port());
  malformed.send("POST /stream HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(events_.take(), "head ");
  malformed.send("xyz\r\n");
  EXPECT_EQ(events_.take(), "gone");
}

/// The handler keeps the exchange, and listens when the test says so.
class LateListener : public ::testing::Test {
 protected:
  static ServerOptions options() {
    ServerOptions options;
    options.at_head = [](const HttpRequest& head) { return head.method == "POST"; };
    return options;
  }
  void listen(const std::shared_ptr<HttpExchange>& exchange) {
    server_.thread().on_loop([&] {
      exchange->on_body([this](std::string piece, const Headers* all) {
        pieces_.put(std::move(piece));
        if (all != nullptr) pieces_.put("end");
      });
    });
  }

  Mailbox<std::shared_ptr<HttpExchange>> exchanges_;
  Mailbox<std::string> pieces_;
  TestServer server_{[this](const std::shared_ptr<HttpExchange>& exchange) {
                       if (exchange->request().method == "GET") return exchange->respond({200, {}, "whole"});
                       exchanges_.put(exchange);
                     },
                     options()};
};

TEST_F(LateListener, HearsWhatHasComeBefore) {
  RawSocket client(server_.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello" + kGet);
  client.end_of_sending();
  const auto exchange = exchanges_.take();
  RawSocket other(server_.port());  // by whose answer the server has seen all of the first
  other.send(kGet);
  other.read_response();
  listen(exchange);
  EXPECT_EQ(pieces_.take(), "hello");
  EXPECT_EQ(pieces_.take(), "end");
  server_.thread().on_loop([&] { exchange->respond({202, {}, "ok"}); });
  EXPECT_TRUE(client.read_response().ends_with("ok"));
}

TEST_F(LateListener, IsWaitedForByAPeerWithMuchToSay) {
  constexpr std::size_t kMuch = 4 << 20;
  RawSocket client(server_.port());
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(kMuch) + "\r\n\r\n");
    client.send(std::string(kMuch, 'x'));
  });
  auto exchange = exchanges_.take();
  RawSocket other(server_.port());
  for (int i = 0; i < 500; ++i) {  // turns of the loop, in which the server could read on
    other.send(kGet);
    other.read_response();
  }
  listen(exchange);
  std::size_t heard = 0;
  std::size_t longest = 0;
  for (std::string piece = pieces_.take(); piece != "end"; piece = pieces_.take()) {
    heard += piece.size();
    longest = std::max(longest, piece.size());
  }
  sender.join();
  EXPECT_EQ(heard, kMuch);
  EXPECT_LT(longest, 128u << 10);
  server_.thread().on_loop([&] { exchange.reset(); });  // it answers when it goes
}

TEST_F(LateListener, MayAnswerByAStreamBeforeTheBodyHasCome) {
  RawSocket client(server_.port());
  client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
  const auto exchange = exchanges_.take();
  server_.thread().on_loop([&] {
    const auto body = exchange->respond_streaming({200, {}, ""});
    body->write("no");
    body->end();
  });
  client.send("0\r\n\r\n" + kGet);
  const std::string answer = client.read_to_end();
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("2\r\nno\r\n0\r\n\r\n")) << answer;
}

/// A length beyond the limit is not believed in: no memory is taken for it.
TEST_F(StreamedRequest, ComesWithoutABodyThatIsToBeTooLong) {
  RawSocket client(server_.port());
  client.send("POST /stream HTTP/1.1\r\nHost: t\r\nX-A: no\r\nContent-Length: 999999999999999\r\n\r\nhello");
  EXPECT_EQ(events_.take(), "head no");
  const std::string answer = client.read_response();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 403")) << answer;
  EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
  RawSocket other(server_.port());
  other.send("POST /other HTTP/1.1\r\nHost: t\r\nContent-Length: 17\r\n\r\n");
  EXPECT_TRUE(other.read_response().starts_with("HTTP/1.1 413"));
}

TEST_F(StreamedRequest, IsMadeByAChunkedPost) {
  const std::string authority = "127.0.0.1:" + std::to_string(server_.port());
  ChunkedPost post(authority, "/stream", {{"X-A", "2"}}, std::chrono::seconds(5));
  EXPECT_EQ(events_.take(), "head 2");
  EXPECT_TRUE(post.write("one"));
  EXPECT_EQ(events_.take(), "one");
  EXPECT_TRUE(post.write(""));
  EXPECT_EQ(post.end({{"X-Trailer", "said"}}), 202);
  EXPECT_EQ(events_.take(), "end said");
}

TEST_F(StreamedRequest, TellsAChunkedPostThatNobodyTakesIt) {
  const std::string authority = "127.0.0.1:" + std::to_string(server_.port());
  ChunkedPost post(authority, "/stream", {{"X-A", "no"}}, std::chrono::seconds(5));
  EXPECT_EQ(events_.take(), "head no");
  while (post.write("x")) {
  }
  EXPECT_FALSE(post.write(""));
  EXPECT_EQ(post.end(), 403);
  EXPECT_THROW(ChunkedPost("127.0.0.1:1", "/", {}, std::chrono::seconds(1)), TransportError);
}

/// Answers a request when so many signals have come.
TEST(ChunkedPostAmongSignals, WaitsOn) {
  TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    test::Interruptions::await(20);
    exchange->respond({202, {}, ""});
  });
  ChunkedPost post("127.0.0.1:" + std::to_string(server.port()), "/", {}, std::chrono::seconds(10));
  EXPECT_TRUE(post.write("x"));
  const test::Interruptions interruptions;
  EXPECT_EQ(post.end(), 202);
}

}  // namespace
}  // namespace wsdeep::net
