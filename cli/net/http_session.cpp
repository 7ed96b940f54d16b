#include "net/http_session.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <stdexcept>
#include <vector>

#include "base/log.h"
#include "net/http_response.h"
#include "net/websocket_handshake.h"
#include "net/websocket_session.h"

// One HTTP/1.1 connection. It is always in one phase:
//
//   kReading   waits for a request or its rest         kHandling  the handler has the exchange
//   kWriting   the response is on its way              kUpgrading becomes a WebSocket    kOver  nothing more to do
//
// A read is under way in (nearly) every phase, also while the handler thinks: that is how a peer that leaves is noticed
// while a long poll waits, and a pipelined request is simply there when its turn comes. What is read ahead is bounded;
// beyond that the connection is left to TCP's flow control.
//
// The end of the peer's bytes while an exchange is open is told to `on_gone`, but the answer is still written if one
// comes: a client may rightly close its sending side first.
//
// Time is kept by one timer that is not re-armed for each request. `deadline_` says when patience ends, and the timer
// looks at it every few seconds. So a request pays two assignments for its time-outs, which come a little late.

namespace wsdeep::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBodyReadBytes = 64 * 1024;
constexpr std::size_t kMaxReadAhead = 64 * 1024;
constexpr std::size_t kMaxChunkLine = 16 * 1024;
constexpr std::chrono::milliseconds kShortestWatch{50};
constexpr std::chrono::seconds kLongestWatch{5};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

int status_of(error_code malformed) {
  if (malformed == http::error::header_limit) return 431;
  if (malformed == http::error::body_limit) return 413;
  return 400;
}

bool expects_continue(const http::request<http::string_body>& message) {
  return beast::iequals(message[http::field::expect], "100-continue");
}

}  // namespace

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
  void upgrade(HttpRequest request, Acceptance acceptance);
  void on_gone(std::function<void()> gone);

 private:
  enum class Phase { kReading, kHandling, kWriting, kUpgrading, kOver };
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
  void dispatch();
  HttpRequest take_request();
  void refuse(int status);
  void on_written(error_code failed);
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
  std::function<void()> gone_;
  std::optional<Upgrade> upgrade_;
};

namespace {

/// Holds its connection weakly: that lives by its own operations, and a handler may keep an exchange for longer than
/// the connection, the server and even the loop live.
class Exchange final : public HttpExchange {
 public:
  Exchange(EventLoop::Impl& loop, std::weak_ptr<HttpSession> session, HttpRequest request)
      : loop_(loop), session_(std::move(session)), request_(std::move(request)) {}
  ~Exchange() override {
    if (!answered_) Exchange::respond(plain_error(500));
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const HttpRequest& request() const override { return request_; }

  void respond(HttpResponse response) override {
    if (std::exchange(answered_, true)) return;
    if (const auto session = session_.lock()) session->respond(std::move(response));
  }

  void accept(Headers headers, WebSocketLimits limits,
              std::function<WebSocketEvents(std::shared_ptr<WebSocket>)> opened) override {
    if (!request_.wants_websocket) throw std::logic_error("accept() of a request that wants no WebSocket");
    if (std::exchange(answered_, true)) return;
    if (const auto session = session_.lock())
      return session->upgrade(request_, {nullptr, {}, std::move(headers), limits, std::move(opened)});
    asio::post(loop_.context, [opened = std::move(opened)] { opened(nullptr); });
  }

  void on_gone(std::function<void()> gone) override {
    if (answered_) return;
    if (const auto session = session_.lock()) return session->on_gone(std::move(gone));
    asio::post(loop_.context, std::move(gone));
  }

 private:
  EventLoop::Impl& loop_;  // only for calls that are made on it
  std::weak_ptr<HttpSession> session_;
  HttpRequest request_;
  bool answered_ = false;
};

std::string path_of(const HttpRequest& request) {
  return request.target.substr(0, request.target.find('?'));
}

void call_handler(const HttpHandler& handler, const std::shared_ptr<HttpExchange>& exchange) {
  try {
    handler(exchange);
  } catch (const std::exception& failure) {
    log_error(
        "cannot handle request",
        {{"method", exchange->request().method}, {"path", path_of(exchange->request())}, {"cause", failure.what()}});
    exchange->respond(plain_error(500));
  }
}

}  // namespace

// ---- reading -------------------------------------------------------------------------------------------------------

void HttpSession::start() {
  watch();
  if (!stream_->secure()) return serve();
  allow(core_->options.request_timeout);
  stream_->handshake(asio::ssl::stream_base::server, [self = shared_from_this()](error_code failed, std::size_t) {
    if (self->phase_ == Phase::kOver) return;
    failed ? self->leave() : self->serve();
  });
}

/// The next request, of which some may be there already.
void HttpSession::serve() {
  phase_ = Phase::kReading;
  parser_.reset();
  continue_sent_ = false;
  allow(core_->options.idle_timeout);
  buffer_.size() > 0 ? parse() : await_bytes();
}

void HttpSession::parse() {
  if (!parser_) {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(core_->options.max_header_bytes));
    parser_->body_limit(core_->options.max_body_bytes);
    allow(core_->options.request_timeout);
  }
  error_code failed;
  buffer_.consume(parser_->put(buffer_.data(), failed));
  if (failed && failed != http::error::need_more) return refuse(status_of(failed));
  if (parser_->is_done()) return dispatch();
  if (buffer_.size() > core_->options.max_header_bytes + kMaxChunkLine) return refuse(400);
  const bool ask = parser_->is_header_done() && !continue_sent_ && expects_continue(parser_->get());
  ask ? send_continue() : await_bytes();
}

/// Reads on; but when there is nothing more to come, that was it.
void HttpSession::await_bytes() {
  ended_ ? leave_gently() : read();
}

void HttpSession::read() {
  if (reading_ || ended_ || (phase_ != Phase::kReading && buffer_.size() >= kMaxReadAhead)) return;
  reading_ = true;
  const bool in_body = phase_ == Phase::kReading && parser_ && parser_->is_header_done();
  stream_->read_some(
      buffer_.prepare(in_body ? kBodyReadBytes : kReadBytes),
      [self = shared_from_this()](error_code failed, std::size_t bytes) { self->on_read(failed, bytes); });
}

void HttpSession::on_read(error_code failed, std::size_t bytes) {
  reading_ = false;
  if (phase_ == Phase::kOver) return;
  buffer_.commit(bytes);
  if (failed && failed != asio::error::operation_aborted) return on_end(failed);
  if (phase_ == Phase::kUpgrading) return finish_upgrade();
  phase_ == Phase::kReading ? parse() : read();
}

void HttpSession::on_end(error_code cause) {
  ended_ = true;
  if (phase_ == Phase::kUpgrading) return finish_upgrade();
  const auto gone = std::exchange(gone_, nullptr);
  const bool broken = cause != asio::error::eof && cause != asio::ssl::error::stream_truncated;
  if (broken || phase_ == Phase::kReading) leave();
  if (gone) gone();
}

void HttpSession::send_continue() {
  continue_sent_ = true;
  stream_->write({asio::buffer(kContinue), {}}, [self = shared_from_this()](error_code failed, std::size_t) {
    if (self->phase_ == Phase::kOver) return;
    failed ? self->leave() : self->await_bytes();
  });
}

// ---- handling ------------------------------------------------------------------------------------------------------

void HttpSession::dispatch() {
  const auto& message = parser_->get();
  if (message.version() > 10 && message.count(http::field::host) != 1) return refuse(400);
  keep_alive_ = message.keep_alive();
  head_only_ = message.method() == http::verb::head;
  phase_ = Phase::kHandling;
  deadline_ = SteadyClock::time_point::max();  // the handler may take hours
  const auto handler = core_->handler;         // the handler may end the server
  call_handler(*handler, std::make_shared<Exchange>(core_->loop, weak_from_this(), take_request()));
  if (phase_ == Phase::kHandling || phase_ == Phase::kWriting) read();
}

HttpRequest HttpSession::take_request() {
  http::request<http::string_body> message = parser_->release();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.version = static_cast<int>(message.version());
  for (const auto& field : message)
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request.wants_websocket = is_websocket_handshake(request);
  request.body = std::move(message.body());
  request.remote_address = remote_address_;
  request.secure = stream_->secure();
  return request;
}

void HttpSession::refuse(int status) {
  keep_alive_ = false;
  head_only_ = false;
  phase_ = Phase::kHandling;
  respond(plain_error(status));
}

void HttpSession::respond(HttpResponse response) {
  if (phase_ != Phase::kHandling) return;
  phase_ = Phase::kWriting;
  const auto released = std::exchange(gone_, nullptr);
  allow(core_->options.request_timeout);
  head_ = response_head(response, keep_alive_ && !ended_);
  body_ = head_only_ || has_no_body(response.status) ? std::string() : std::move(response.body);
  stream_->write({asio::buffer(head_), asio::buffer(body_)},
                 [self = shared_from_this()](error_code failed, std::size_t) { self->on_written(failed); });
}

void HttpSession::on_written(error_code failed) {
  if (phase_ == Phase::kOver) return;
  if (failed) return leave();
  body_ = {};
  keep_alive_ ? serve() : leave_gently();
}

void HttpSession::on_gone(std::function<void()> gone) {
  if (phase_ != Phase::kHandling && phase_ != Phase::kOver) return;
  if (!ended_) {
    gone_ = std::move(gone);
    return;
  }
  asio::post(core_->loop.context, std::move(gone));
}

// ---- becoming a WebSocket ------------------------------------------------------------------------------------------

void HttpSession::upgrade(HttpRequest request, Acceptance acceptance) {
  if (phase_ != Phase::kHandling) {
    asio::post(core_->loop.context, [opened = std::move(acceptance.opened)] { opened(nullptr); });
    return;
  }
  phase_ = Phase::kUpgrading;
  const auto released = std::exchange(gone_, nullptr);
  upgrade_.emplace(Upgrade{std::move(request), std::move(acceptance)});
  if (!reading_) return finish_upgrade();
  stream_->cancel();  // the read; its end goes on with the upgrade, with whatever it has read
}

void HttpSession::finish_upgrade() {
  Upgrade upgrade = std::move(*upgrade_);
  upgrade_.reset();
  if (ended_) {
    leave();
    upgrade.acceptance.opened(nullptr);
    return;
  }
  phase_ = Phase::kOver;
  timer_.cancel();
  const auto early = buffer_.data();
  upgrade.acceptance.stream = std::move(stream_);
  upgrade.acceptance.early.assign(static_cast<const char*>(early.data()), early.size());
  accept_websocket(core_->loop, upgrade.request, std::move(upgrade.acceptance));
}

// ---- ending and time -----------------------------------------------------------------------------------------------

void HttpSession::leave_gently() {
  phase_ = Phase::kOver;
  timer_.cancel();
  close_gently(*stream_, shared_from_this());
}

void HttpSession::leave() {
  phase_ = Phase::kOver;
  timer_.cancel();
  stream_->close();
}

void HttpSession::drop() {
  if (stream_) leave();
  // Only now: letting go of these may let go of the exchange, which then answers to nobody.
  const auto released = std::exchange(gone_, nullptr);
  const auto upgrade = std::exchange(upgrade_, std::nullopt);
}

void HttpSession::allow(SteadyClock::duration patience) {
  deadline_ = SteadyClock::now() + patience;
}

void HttpSession::watch() {
  const SteadyClock::duration shortest = std::min(core_->options.request_timeout, core_->options.idle_timeout);
  timer_.expires_after(std::clamp<SteadyClock::duration>(shortest / 8, kShortestWatch, kLongestWatch));
  timer_.async_wait([self = shared_from_this()](error_code) {
    if (self->phase_ == Phase::kOver) return;
    if (SteadyClock::now() >= self->deadline_) self->on_timeout();
    if (self->phase_ != Phase::kOver) self->watch();
  });
}

void HttpSession::on_timeout() {
  const bool in_request = phase_ == Phase::kReading && parser_;
  in_request ? refuse(408) : leave();
}

void serve_connection(std::shared_ptr<ServerCore> core, Stream::Socket socket) {
  error_code failed;
  const auto peer = socket.remote_endpoint(failed);
  if (failed) return;  // it has left already
  socket.set_option(asio::ip::tcp::no_delay(true), failed);
  auto stream =
      core->tls ? std::make_unique<Stream>(std::move(socket), core->tls) : std::make_unique<Stream>(std::move(socket));
  std::make_shared<HttpSession>(std::move(core), std::move(stream), peer.address().to_string())->start();
}

void drop_connections(ServerCore& core) {
  std::vector<std::shared_ptr<HttpSession>> sessions;
  for (HttpSession* session : core.sessions)
    if (auto alive = session->weak_from_this().lock()) sessions.push_back(std::move(alive));
  for (const auto& session : sessions) session->drop();
}

}  // namespace wsdeep::net
