// net's two ends of a WebSocket as a program, for those who judge them from outside: every message comes back as it
// came, text as text and binary as binary.
//
//   echo_tool serve            listens on a loopback port, prints it, and answers until its stdin ends
//   echo_tool call URL COUNT   opens URL?case=0, URL?case=1, … one after another, and prints how each of them ended

#include <iostream>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/server.h"
#include "net/websocket_client.h"
#include "net/websocket_handshake.h"

namespace {

using namespace wsdeep;

constexpr std::size_t kMaxMessage = 4 << 20;

net::WebSocketEvents echo(const std::shared_ptr<net::WebSocket>& socket) {
  net::WebSocketEvents events;
  if (socket)
    events.on_message = [socket](std::string message, bool binary) {
      binary ? socket->send_binary(std::move(message)) : socket->send_text(std::move(message));
    };
  return events;
}

int serve() {
  net::EventLoop loop;
  const net::Server server(loop, {}, [](const std::shared_ptr<net::HttpExchange>& exchange) {
    if (!exchange->request().wants_websocket) return exchange->respond(net::handshake_refusal(exchange->request()));
    exchange->accept({}, {kMaxMessage, kMaxMessage}, echo);
  });
  std::cout << server.port() << std::endl;
  const auto ended = loop.on_readable(0, [&] { loop.stop(); });
  loop.run();
  return 0;
}

/// Calls one after another: each begins when the one before has ended.
class Caller {
 public:
  Caller(net::EventLoop& loop, std::string url, int count) : loop_(loop), url_(std::move(url)), count_(count) {}

  void call(int number) {
    if (number == count_) return loop_.stop();
    net::WebSocketTarget target;
    target.url = url_ + "?case=" + std::to_string(number);
    target.max_message_bytes = kMaxMessage;
    attempt_ = net::open_websocket(
        loop_, target,
        [this, number](const std::shared_ptr<net::WebSocket>& socket, const net::Headers&, const net::OpenTimes&) {
          net::WebSocketEvents events = echo(socket);
          events.on_close = [this, number](std::uint16_t code, const std::string& reason, bool by_peer) {
            ended(number, "closed " + std::to_string(code) + (by_peer ? " by peer " : " by us ") + reason);
          };
          return events;
        },
        [this, number](const net::OpenFailure& failure) { ended(number, failure.cause); });
  }

 private:
  /// Posted: the attempt that is over must not be let go of by its own callback.
  void ended(int number, const std::string& how) {
    std::cout << number << ' ' << how << std::endl;
    loop_.post([this, number] { call(number + 1); });
  }

  net::EventLoop& loop_;
  const std::string url_;
  const int count_;
  net::EventLoop::Subscription attempt_;
};

int call(const std::string& url, int count) {
  net::EventLoop loop;
  Caller caller(loop, url, count);
  loop.post([&] { caller.call(0); });
  loop.run();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "serve" && argc == 2) return serve();
  if (mode == "call" && argc == 4) return call(argv[2], std::stoi(argv[3]));
  std::cerr << "usage: echo_tool serve | call URL COUNT\n";
  return 2;
}
