#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <vector>

#include "base/log.h"
#include "net/http_response.h"
#include "net/http_session_impl.h"

// One HTTP/1.1 connection. It is always in one phase:
//
//   kReading   waits for a request or its rest         kHandling  the handler has the exchange
//   kWriting   the response is on its way              kStreaming a response is sent as it comes
//   kUpgrading becomes a WebSocket                     kOver      nothing more to do
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

constexpr std::size_t kReadBytes = 8 * 1024;
constexpr std::size_t kBodyReadBytes = 64 * 1024;
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

std::string path_of(const HttpRequest& request) {
  return request.target.substr(0, request.target.find('?'));
}

}  // namespace

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
  if (failed == http::error::body_limit && goes_by_head()) return dispatch_head(false);
  if (failed && failed != http::error::need_more) return refuse(status_of(failed));
  if (parser_->is_header_done() && goes_by_head()) return dispatch_head(true);
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
  if (body_open_) return parse_body();
  phase_ == Phase::kReading ? parse() : read();
}

void HttpSession::on_end(error_code cause) {
  ended_ = true;
  if (phase_ == Phase::kUpgrading) return finish_upgrade();
  const bool broken = cause != asio::error::eof && cause != asio::ssl::error::stream_truncated;
  if (broken || phase_ == Phase::kReading || (body_open_ && !parser_->is_done())) leave();
  tell_gone();
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
  chunked_ = message.version() > 10;
  phase_ = Phase::kHandling;
  deadline_ = SteadyClock::time_point::max();  // the handler may take hours
  const auto handler = core_->handler;         // the handler may end the server
  call_handler(*handler, make_exchange(core_->loop, weak_from_this(), take_request()));
  if (phase_ == Phase::kHandling || phase_ == Phase::kWriting || phase_ == Phase::kStreaming) read();
}

HttpRequest HttpSession::take_request() {
  HttpRequest request = request_head();
  request.body = std::move(parser_->release().body());
  return request;
}

HttpRequest HttpSession::request_head() const {
  const auto& message = parser_->get();
  HttpRequest request;
  request.method = std::string(message.method_string());
  request.target = std::string(message.target());
  request.version = static_cast<int>(message.version());
  for (const auto& field : message)
    request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  request.wants_websocket = is_websocket_handshake(request);
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
  // Who answers before the body has come does not want the rest of it.
  if (std::exchange(body_open_, false)) keep_alive_ = false;
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
  if (phase_ != Phase::kHandling && phase_ != Phase::kStreaming && phase_ != Phase::kOver) return;
  if (!ended_ && phase_ != Phase::kOver) {
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
  const auto listener = std::exchange(on_body_, nullptr);
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
  if (phase_ == Phase::kReading && parser_) return refuse(408);
  leave();
  tell_gone();
}

void HttpSession::tell_gone() {
  if (const auto gone = std::exchange(gone_, nullptr)) gone();
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
