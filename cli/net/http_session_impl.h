#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_exchange.h"
#include "net/http_session.h"
#include "net/websocket_handshake.h"
#include "net/websocket_session.h"

/// Private to this folder. The rules stand at the top of http_session.cpp.
namespace wsdeep::net {

namespace beast = boost::beast;
namespace http = beast::http;
using SteadyClock = std::chrono::steady_clock;

/// What is read ahead of who takes it.
inline constexpr std::size_t kMaxReadAhead = 64 * 1024;
/// The longest line of a chunk's size, or of a trailer, that is waited for.
inline constexpr std::size_t kMaxChunkLine = 16 * 1024;

class HttpSession : public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<ServerCore> core, std::unique_ptr<Stream> stream, std::string remote_address)
      : core_(std::move(core)),
        stream_(std::move(stream)),
        remote_address_(std::move(remote_address)),
        timer_(core_->loop.context) {
    core_->sessions.insert(this);
  }
  ~HttpSession() { core_->sessions.erase(this); }
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;

  void start();
  void drop();
  // What an exchange asks for; nothing happens once the connection is over.
  void respond(HttpResponse response);
  void begin_streaming(HttpResponse head);
  void add_piece(std::string_view piece);
  void end_streaming();
  std::size_t waiting_bytes() const { return waiting_.size() + body_.size(); }
  void on_body(HttpExchange::BodyListener listener);
  void upgrade(HttpRequest request, Acceptance acceptance);
  void on_gone(std::function<void()> gone);

 private:
  enum class Phase { kReading, kHandling, kWriting, kStreaming, kUpgrading, kOver };
  struct Upgrade {
    HttpRequest request;
    Acceptance acceptance;
  };

  void serve();
  void parse();
  void await_bytes();
  void read();
  void on_read(error_code failed, std::size_t bytes);
  void on_end(error_code cause);
  void send_continue();
  bool goes_by_head() const;
  void dispatch();
  void dispatch_head(bool body_comes);
  void parse_body();
  void tell_body();
  bool is_body_full() const;
  HttpRequest request_head() const;
  HttpRequest take_request();
  void refuse(int status);
  void on_written(error_code failed);
  void write_waiting();
  void on_piece_written(error_code failed);
  void tell_gone();
  void finish_upgrade();
  void leave_gently();
  void leave();
  void allow(SteadyClock::duration patience);
  void watch();
  void on_timeout();

  std::shared_ptr<ServerCore> core_;
  std::unique_ptr<Stream> stream_;
  std::string remote_address_;
  asio::steady_timer timer_;
  SteadyClock::time_point deadline_ = SteadyClock::time_point::max();

  Phase phase_ = Phase::kReading;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool reading_ = false;
  bool ended_ = false;  // the peer sends nothing more
  bool continue_sent_ = false;
  bool keep_alive_ = true;
  bool head_only_ = false;
  std::string head_;
  std::string body_;
  std::string waiting_;     // of a streamed answer: what follows body_, which is being written
  bool chunked_ = false;    // … in chunks; to HTTP/1.0, until the connection ends
  bool writing_ = false;    // … a write is under way
  bool all_said_ = false;   // … it has come to its end
  bool body_open_ = false;  // of a request that was handed over at its head: its body is still coming
  HttpExchange::BodyListener on_body_;
  std::function<void()> gone_;
  std::optional<Upgrade> upgrade_;
};

/// What leaves the handler as an exception is logged, and answered with 500.
void call_handler(const HttpHandler& handler, const std::shared_ptr<HttpExchange>& exchange);

/// What a handler gets of a request. Holds its connection weakly: that lives by its own operations, and a handler may
/// keep an exchange for longer than the connection, the server and even the loop live.
std::shared_ptr<HttpExchange> make_exchange(EventLoop::Impl& loop, std::weak_ptr<HttpSession> session,
                                            HttpRequest request);

}  // namespace wsdeep::net
