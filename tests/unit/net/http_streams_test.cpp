#include "net/http_streams.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "support/raw_socket.h"
#include "support/server_fixture.h"
#include "support/silent_listener.h"

namespace wsdeep::net {
namespace {

using test::Mailbox;
using test::SilentListener;
using namespace std::chrono_literals;

/// What a TransportError says. Its copies would share their words between threads, in a library that ThreadSanitizer
/// does not see.
struct Fault {
  TransportFault kind;
  std::string words;
};

struct End {
  HttpResponse response;
  std::optional<Fault> error;
};

/// A call whose body, and whose end, a test waits for.
struct Asked {
  explicit Asked(const std::string& url) {
    call.url = url;
    call.cancel = stop.get_token();
    call.timeout = 0ms;
    call.on_data = [this](std::string_view piece) {
      pieces.put(std::string(piece));
      return true;
    };
  }
  HttpStreams::Stream start(HttpStreams& streams) {
    return streams.start(call, [this](HttpResponse response, const TransportError* error) {
      ends.put(
          {std::move(response), error == nullptr ? std::nullopt : std::optional(Fault{error->fault(), error->what()})});
    });
  }
  /// The fault that it must end with.
  TransportFault fault() { return ends.take().error.value().kind; }
  std::string read(std::size_t count) {
    std::string all;
    while (all.size() < count) all += pieces.take();
    return all;
  }

  HttpCall call;
  std::stop_source stop;
  Mailbox<std::string> pieces;
  Mailbox<End> ends;
};

std::size_t threads_of_this_process() {
  using Entries = std::filesystem::directory_iterator;
  return static_cast<std::size_t>(std::distance(Entries("/proc/self/task"), Entries{}));
}

const std::string kHead = "HTTP/1.1 200 OK\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST(HttpStreams, TellPieceByPieceAndTheEnd) {
  SilentListener listener;
  HttpStreams streams;
  Asked asked(listener.url());
  std::string seen;
  asked.call.on_head = [&](const HttpResponse& head) { seen = header(head.headers, "x-one").value_or("-"); };
  asked.start(streams);
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  peer.send(kHead + "3\r\none\r\n");
  EXPECT_EQ(asked.pieces.take(), "one");
  EXPECT_EQ(seen, "1");
  peer.send("3\r\ntwo\r\n0\r\n\r\n");
  EXPECT_EQ(asked.pieces.take(), "two");
  EXPECT_EQ(asked.ends.take().error, std::nullopt);
}

TEST(HttpStreams, TellWhenWhatCameTogetherHasBeenTold) {
  SilentListener listener;
  HttpStreams streams;
  Asked asked(listener.url());
  asked.call.on_pause = [&] { asked.pieces.put("-"); };
  asked.start(streams);
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  peer.send(kHead + "3\r\none\r\n3\r\ntwo\r\n");
  EXPECT_EQ(asked.read(7), "onetwo-");
  peer.send("5\r\nthree\r\n0\r\n\r\n");
  EXPECT_EQ(asked.read(6), "three-");
  EXPECT_EQ(asked.ends.take().error, std::nullopt);
}

TEST(HttpStreams, KeepTheBodyOfACallThatHasNoConsumer) {
  test::TestServer server([](const std::shared_ptr<HttpExchange>& exchange) {
    exchange->respond({201, {}, "for " + exchange->request().body});
  });
  HttpStreams streams;
  Asked asked(server.url());
  asked.call.on_data = nullptr;
  asked.call.method = "POST";
  asked.call.body = "you";
  asked.start(streams);
  const End end = asked.ends.take();
  EXPECT_EQ(std::tie(end.response.status, end.response.body), std::tuple(201, "for you"));
}

TEST(HttpStreams, NeedNoThreadForEach) {
  SilentListener listener;
  std::vector<std::unique_ptr<Asked>> asked;
  std::vector<std::unique_ptr<test::RawSocket>> peers;
  HttpStreams streams;
  const std::size_t before = threads_of_this_process();
  for (int i = 0; i < 60; ++i) {
    asked.push_back(std::make_unique<Asked>(listener.url()));
    asked.back()->start(streams);
    peers.emplace_back(new test::RawSocket(listener.accept()));
    peers.back()->read_until("\r\n\r\n");
    peers.back()->send(kHead + "2\r\nhi\r\n");
  }
  for (const auto& one : asked) EXPECT_EQ(one->pieces.take(), "hi");
  EXPECT_EQ(threads_of_this_process(), before);
}

TEST(HttpStreams, UseAConnectionAgain) {
  SilentListener listener;
  HttpStreams streams;
  std::thread server([&] {
    auto peer = listener.accept();
    for (int i = 0; i < 3; ++i) {
      peer.read_until("\r\n\r\n");
      peer.send(kHead + "1\r\n.\r\n0\r\n\r\n");
    }
  });
  for (int i = 0; i < 3; ++i) {
    Asked asked(listener.url());
    asked.start(streams);
    EXPECT_EQ(asked.ends.take().error, std::nullopt);
  }
  server.join();
}

TEST(HttpStreams, KeepNothingOfTheCallBefore) {
  SilentListener listener;
  HttpStreams streams;
  std::string second;
  std::thread server([&] {
    auto peer = listener.accept();
    peer.read_until("\r\n\r\nbody");
    peer.send(kHead + "0\r\n\r\n");
    second = peer.read_until("\r\n\r\n");
    peer.send(kHead + "0\r\n\r\n");
  });
  Asked one(listener.url()), two(listener.url());
  one.call.method = "POST";
  one.call.body = "body";
  one.call.send_once = true;
  one.call.headers = {{"X-One", "1"}};
  for (Asked* asked : {&one, &two}) {
    asked->start(streams);
    EXPECT_EQ(asked->ends.take().error, std::nullopt);
  }
  server.join();
  EXPECT_TRUE(second.starts_with("GET / HTTP/1.1\r\n")) << second;
  EXPECT_EQ(second.find("X-One"), std::string::npos) << second;
  EXPECT_EQ(second.find("Content-Length"), std::string::npos) << second;
}

TEST(HttpStreams, UseAConnectionAgainWhoseConsumerHadEnough) {
  SilentListener listener;
  HttpStreams streams;
  std::thread server([&] {
    auto peer = listener.accept();
    for (int i = 0; i < 2; ++i) {
      peer.read_until("\r\n\r\n");
      peer.send(kHead + "4\r\ndone\r\n");
      peer.send("6\r\nunread\r\n0\r\n\r\n");
    }
  });
  for (int i = 0; i < 2; ++i) {
    Asked asked(listener.url());
    asked.call.drain = 10s;
    asked.call.on_data = [&](std::string_view piece) {
      asked.pieces.put(std::string(piece));
      return false;
    };
    asked.start(streams);
    EXPECT_EQ(asked.ends.take().error, std::nullopt);
    EXPECT_EQ(asked.pieces.take(), "done");
    EXPECT_TRUE(asked.pieces.empty());
  }
  server.join();
}

TEST(HttpStreams, GiveUpTheRestOfABodyThatDoesNotCome) {
  SilentListener listener;
  HttpStreams streams;
  Asked asked(listener.url());
  asked.call.drain = 20ms;
  asked.call.on_data = [](std::string_view) { return false; };
  asked.start(streams);
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  peer.send(kHead + "4\r\ndone\r\n");
  EXPECT_EQ(asked.fault(), TransportFault::kCancelled);
  EXPECT_EQ(peer.read_to_end(), "");
}

TEST(HttpStreams, HangUpWhenCancelled) {
  SilentListener listener;
  HttpStreams streams;
  for (const bool held : {false, true}) {
    Asked asked(listener.url());
    const auto stream = asked.start(streams);
    auto peer = listener.accept();
    peer.read_until("\r\n\r\n");
    peer.send(kHead + "2\r\nhi\r\n");
    asked.pieces.take();
    stream.hold(held);
    const auto before = std::chrono::steady_clock::now();
    asked.stop.request_stop();
    peer.read_to_end();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
    EXPECT_EQ(asked.fault(), TransportFault::kCancelled);
  }
}

/// Sends until the peer takes no more for a while.
std::size_t fill(const test::RawSocket& peer) {
  const std::string block(1000, 'x');
  std::size_t sent = 0;
  for (pollfd wait{peer.fd(), POLLOUT, 0}; ::poll(&wait, 1, 300) == 1; wait.revents = 0) {
    const ssize_t done = ::send(peer.fd(), block.data(), block.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done > 0) sent += static_cast<std::size_t>(done);
  }
  return sent;
}

TEST(HttpStreams, ReadNothingWhileHeldAndLoseNothing) {
  SilentListener listener;
  HttpStreams streams;
  Asked asked(listener.url());
  const auto stream = asked.start(streams);
  auto peer = listener.accept();
  peer.read_until("\r\n\r\n");
  peer.send("HTTP/1.1 200 OK\r\n\r\n!");
  EXPECT_EQ(asked.pieces.take(), "!");
  stream.hold(true);
  const std::size_t sent = fill(peer);
  while (!asked.pieces.empty()) asked.pieces.take();  // it may have been told a little that was under way
  stream.hold(false);
  EXPECT_GT(asked.read(sent / 2).size(), 0U);
  peer.end_of_sending();
  EXPECT_EQ(asked.ends.take().error, std::nullopt);
}

TEST(HttpStreams, AreNotSilentWhileHeld) {
  SilentListener listener;
  HttpStreams streams;
  Asked held(listener.url()), silent(listener.url());
  held.call.silence_limit = silent.call.silence_limit = 1s;
  const auto stream = held.start(streams);
  auto peer = listener.accept();
  peer.send(kHead + "2\r\nhi\r\n");
  held.pieces.take();
  stream.hold(true);
  silent.start(streams);
  const auto other = listener.accept();
  const End end = silent.ends.take();
  EXPECT_EQ(end.error.value().kind, TransportFault::kTimeout);
  EXPECT_NE(end.error.value().words.find("nothing came for 1 s"), std::string::npos) << end.error->words;
  EXPECT_TRUE(held.ends.empty());
  stream.hold(false);
  peer.send("2\r\nho\r\n0\r\n\r\n");
  EXPECT_EQ(held.ends.take().error, std::nullopt);
}

TEST(HttpStreams, SayWhyNothingCame) {
  HttpStreams streams;
  Asked refused("http://127.0.0.1:1/"), invalid("http://127.0.0.1:1/"), broken("http://x/");
  refused.start(streams);
  EXPECT_EQ(refused.fault(), TransportFault::kRefused);
  invalid.call.headers = {{"X", "a\r\nb"}};
  invalid.start(streams);
  EXPECT_EQ(invalid.fault(), TransportFault::kOther);
  SilentListener listener;
  broken.call.url = listener.url();
  broken.start(streams);
  listener.accept().read_until("\r\n\r\n");
  EXPECT_EQ(broken.fault(), TransportFault::kBroken);
}

TEST(HttpStreams, TellAConsumersExceptionAsItsEnd) {
  SilentListener listener;
  HttpStreams streams;
  Asked asked(listener.url());
  asked.call.on_data = [](std::string_view) -> bool { throw std::runtime_error("not for me"); };
  asked.start(streams);
  auto peer = listener.accept();
  peer.send(kHead + "2\r\nhi\r\n");
  const End end = asked.ends.take();
  EXPECT_EQ(end.error.value().kind, TransportFault::kOther);
  EXPECT_EQ(end.error.value().words, "not for me");
}

TEST(HttpStreams, EndWhatRunsWhenTheyGo) {
  SilentListener listener;
  Asked running(listener.url());
  HttpStreams::Stream stream;
  {
    HttpStreams streams;
    stream = running.start(streams);
    listener.accept().read_until("\r\n\r\n");
    bool done = false;
    streams.post([&] { done = true; });
    Asked other("http://127.0.0.1:1/");
    other.start(streams);
    other.ends.take();
    EXPECT_TRUE(done);
  }
  running.ends.take();
  stream.hold(true);  // nobody there
}

}  // namespace
}  // namespace wsdeep::net
