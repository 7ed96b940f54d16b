#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "net/http_exchange.h"
#include "net/websocket_client.h"
#include "support/server_fixture.h"

namespace wsdeep::test {

/// What a client's callbacks saw, as text, in order.
class WebSocketProbe {
 public:
  ~WebSocketProbe() {
    thread_.on_loop([this] { attempt_.cancel(); });
  }
  void open(const net::WebSocketTarget& target) {
    thread_.on_loop([&] {
      attempt_ = net::open_websocket(
          thread_.loop(), target,
          [this](std::shared_ptr<net::WebSocket> socket, const net::Headers& response, const net::OpenTimes& times) {
            socket_ = std::move(socket);
            response_ = response;
            times_ = times;
            said_.put("opened");
            return events();
          },
          [this](net::OpenFailure failure) {
            failure_ = std::move(failure);
            said_.put("failed");
          });
    });
  }
  /// The attempt's cause of failure.
  std::string failure(const net::WebSocketTarget& target) {
    open(target);
    const std::string said = said_.take();
    return said == "failed" ? failure_.cause : said;
  }
  /// What opening refuses at once. It is caught on the loop: what two threads share of an exception is counted inside
  /// libstdc++, where ThreadSanitizer cannot see it.
  std::string refusal(const net::WebSocketTarget& target) {
    return thread_.on_loop([&]() -> std::string {
      try {
        net::open_websocket(thread_.loop(), target, {}, {}).cancel();
      } catch (const Error& error) {
        return error.what();
      }
      return "none";
    });
  }
  void on_socket(const std::function<void(net::WebSocket&)>& work) {
    thread_.on_loop([&] { work(*socket_); });
  }
  void cancel() {
    thread_.on_loop([this] { attempt_.cancel(); });
  }
  std::string take() { return said_.take(); }
  bool quiet() { return said_.empty(); }
  const net::OpenFailure& failed() const { return failure_; }
  const net::Headers& response() const { return response_; }
  /// Of the one that was opened.
  const net::OpenTimes& times() const { return times_; }
  /// When the last message came.
  SteadyTime message_at() const { return message_at_; }
  LoopThread& thread() { return thread_; }

 private:
  net::WebSocketEvents events() {
    net::WebSocketEvents events;
    events.on_message = [this](std::string message, bool binary) {
      message_at_ = socket_->received_at();
      said_.put((binary ? "binary " : "text ") + message);
    };
    events.on_heartbeat = [this] { said_.put("heartbeat"); };
    events.on_close = [this](std::uint16_t code, const std::string& reason, bool by_peer) {
      said_.put("closed " + std::to_string(code) + " '" + reason + "'" + (by_peer ? " by peer" : ""));
    };
    return events;
  }

  Mailbox<std::string> said_;
  std::shared_ptr<net::WebSocket> socket_;
  net::Headers response_;
  net::OpenTimes times_;
  SteadyTime message_at_;
  net::OpenFailure failure_;
  net::EventLoop::Subscription attempt_;
  LoopThread thread_;
};

/// Accepts every handshake and echoes; closes on "close".
inline void echo_messages(const std::shared_ptr<net::HttpExchange>& exchange) {
  exchange->accept({{"X-Answer", "yes"}}, {}, [](const std::shared_ptr<net::WebSocket>& socket) {
    net::WebSocketEvents events;
    events.on_message = [socket](std::string message, bool) {
      message == "close" ? socket->close(4000, "as told") : socket->send_text(std::move(message));
    };
    return events;
  });
}

}  // namespace wsdeep::test
