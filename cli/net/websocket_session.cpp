#include "net/websocket_session.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "base/text.h"
#include "base/utf8.h"
#include "base/version.h"
#include "net/websocket_handshake.h"
#include "net/websocket_transport.h"

// One WebSocket, as server or client, over Beast.
//
// Reading: one async_read is always under way; it also answers pings and close frames. Writing: Beast takes one message
// at a time, so messages wait in `queue_` and `pump` starts the next thing when the last has ended: a ping first (it
// asks whether the peer lives, which is urgent), then messages in order, then the close frame.
//
// Every life ends in `finish`, which is called from completions only, runs once, and calls `on_close`:
//   the peer's close frame came, first or as an answer             its code (1005 for none)
//   the peer broke the protocol; Beast has sent a close frame      the code that was sent: 1002, 1007, 1009
//   the connection ended or broke; close() was not answered in 2 s 1006
// When this side closes, Beast's close operation takes over the reading: it or the reader, whichever had the peer's
// frame, reports it; the other one ends with operation_aborted and says nothing. The timer stands behind both.

namespace wsdeep::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

constexpr std::chrono::milliseconds kCloseTimeout{600};  // a process stops within a second
constexpr std::size_t kFragmentBytes = 32 * 1024;
constexpr std::size_t kKeptBufferBytes = 16 * 1024;
constexpr std::size_t kMaxRefusalBody = 64 * 1024;
constexpr std::uint16_t kNoStatus = 1005;
constexpr std::uint16_t kAbnormal = 1006;
constexpr std::size_t kMaxReason = 123;
constexpr std::string_view kTlsAlert = "\x15\x03";  // how a TLS server answers what is no TLS (RFC 8446 §5.1)

/// The code that Beast has closed with when reading ended with `failed`; nothing when it did not close.
std::optional<std::uint16_t> refusal_code(error_code failed) {
  if (failed == websocket::error::message_too_big) return websocket::close_code::too_big;
  if (failed == websocket::error::bad_frame_payload) return websocket::close_code::bad_payload;
  if (failed == websocket::condition::protocol_violation) return websocket::close_code::protocol_error;
  return std::nullopt;
}

OpenFailure no_handshake(std::string_view fault) {
  return {0, {}, {}, fmt::format("the server's answer is not a valid WebSocket handshake: {}", fault)};
}

/// What Beast missed in an answer with status 101.
std::string handshake_fault(error_code failed) {
  if (failed == websocket::error::bad_http_version) return "it is not HTTP/1.1";
  if (failed == websocket::error::no_connection || failed == websocket::error::no_connection_upgrade)
    return "it has no 'Connection: Upgrade'";
  if (failed == websocket::error::no_upgrade || failed == websocket::error::no_upgrade_websocket)
    return "it has no 'Upgrade: websocket'";
  if (failed == websocket::error::no_sec_accept) return "it has no Sec-WebSocket-Accept";
  if (failed == websocket::error::bad_sec_accept) return "its Sec-WebSocket-Accept does not answer our key";
  return to_lower(failed.message());
}

/// Why a handshake got no answer, for a person.
std::string cause_of(error_code failed) {
  if (failed.category() == make_error_code(http::error::bad_version).category() &&
      failed != http::error::end_of_stream && failed != http::error::partial_message)
    return fmt::format("the server's answer is not HTTP ({})", to_lower(failed.message()));
  const bool hung_up = failed == asio::error::eof || failed == asio::error::connection_reset ||
                       failed == http::error::end_of_stream || failed == http::error::partial_message;
  return hung_up ? "the server hung up" : to_lower(failed.message());
}

template <typename Fields>
Headers headers_of(const Fields& fields) {
  Headers headers;
  for (const auto& field : fields) headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  return headers;
}

class WebSocketSession final : public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(EventLoop::Impl& loop, std::unique_ptr<Stream> stream, std::string early)
      : socket_(std::move(stream), std::move(early)), close_timer_(loop.context) {}

  void accept(const HttpRequest& request, Acceptance acceptance);
  void offer(Offer offer);

  void send(std::string message, bool binary);
  void ping();
  void close(std::uint16_t code, std::string reason);
  std::size_t queued_bytes() const { return queued_; }
  std::size_t queued_messages() const { return queue_.size(); }
  std::size_t unconfirmed_bytes();
  SteadyTime received_at() const { return socket_.next_layer().read_at(); }
  void cut() { transport().stream().close(); }

 private:
  struct Outgoing {
    std::string message;
    bool binary;
  };

  WebSocketTransport& transport() { return socket_.next_layer(); }

  void start(WebSocketEvents events);
  void read();
  void on_read(error_code failed);
  void on_control(websocket::frame_type kind);
  void pump();
  void write_ping();
  void write_message();
  void write_close();
  void on_written(error_code failed);
  void await_close();
  void finish(std::uint16_t code, std::string reason, bool by_peer);
  void finish_with_peers_code();
  OpenFailure failure_of(error_code failed) const;

  websocket::stream<WebSocketTransport, false> socket_;
  asio::steady_timer close_timer_;
  WebSocketEvents events_;
  beast::flat_buffer incoming_;
  std::deque<Outgoing> queue_;
  std::size_t queued_ = 0;
  bool ping_wanted_ = false;
  bool writing_ = false;
  bool open_ = false;
  bool closing_ = false;     // close() was called
  bool close_sent_ = false;  // and its frame was given to Beast
  bool finished_ = false;
  bool peer_first_ = false;  // the peer's close frame came before close()
  bool awaiting_close_ = false;
  websocket::close_reason farewell_;
};

/// What the session's user holds. The session itself lives by its pending operations and ends with them; so a user
/// whose callbacks hold the socket makes no ring, and one who holds it longer than the loop lives holds nothing that is
/// gone.
class Handle final : public WebSocket {
 public:
  explicit Handle(std::weak_ptr<WebSocketSession> session) : session_(std::move(session)) {}

  void send_text(std::string message) override {
    if (const auto session = session_.lock()) session->send(std::move(message), false);
  }
  void send_binary(std::string message) override {
    if (const auto session = session_.lock()) session->send(std::move(message), true);
  }
  void ping() override {
    if (const auto session = session_.lock()) session->ping();
  }
  void close(std::uint16_t code, std::string reason) override {
    if (const auto session = session_.lock()) session->close(code, std::move(reason));
  }
  std::size_t queued_bytes() const override {
    const auto session = session_.lock();
    return session ? session->queued_bytes() : 0;
  }
  std::size_t queued_messages() const override {
    const auto session = session_.lock();
    return session ? session->queued_messages() : 0;
  }
  std::size_t unconfirmed_bytes() const override {
    const auto session = session_.lock();
    return session ? session->unconfirmed_bytes() : 0;
  }
  SteadyTime received_at() const override {
    const auto session = session_.lock();
    return session ? session->received_at() : SteadyTime();
  }

 private:
  std::weak_ptr<WebSocketSession> session_;
};

// ---- opening -------------------------------------------------------------------------------------------------------

/// Only what Beast needs to compute its answer, of a request that was found to be a handshake: Beast does not see a
/// token that stands in the second field of a name.
http::request<http::empty_body> upgrade_request(const HttpRequest& request) {
  http::request<http::empty_body> upgrade(http::verb::get, request.target, 11);
  for (const char* name : {"Host", "Sec-WebSocket-Key", "Sec-WebSocket-Version"})
    upgrade.set(name, header(request.headers, name).value_or(""));
  upgrade.set(http::field::connection, "Upgrade");
  upgrade.set(http::field::upgrade, "websocket");
  return upgrade;
}

void WebSocketSession::accept(const HttpRequest& request, Acceptance acceptance) {
  socket_.auto_fragment(false);
  socket_.read_message_max(acceptance.limits.max_message_bytes);
  transport().limit_frames(acceptance.limits.max_frame_bytes, [this] { socket_.read_message_max(1); });
  socket_.set_option(
      websocket::stream_base::decorator([headers = std::move(acceptance.headers)](websocket::response_type& response) {
        response.set(http::field::server, "wsdeep");
        for (const auto& [name, value] : headers)
          if (is_valid_field(name, value)) response.insert(name, value);
      }));
  socket_.async_accept(upgrade_request(request),
                       [self = shared_from_this(), opened = std::move(acceptance.opened)](error_code failed) {
                         if (!failed) return self->start(opened(std::make_shared<Handle>(self)));
                         self->cut();
                         opened(nullptr);
                       });
}

void WebSocketSession::offer(Offer offer) {
  socket_.auto_fragment(true);
  socket_.write_buffer_bytes(kFragmentBytes);
  socket_.read_message_max(offer.max_message_bytes);
  transport().record_response();
  // Not const: Beast moves a decorator and never destroys what it moved from, which a copy would leak.
  auto offered = std::make_shared<const Headers>(std::move(offer.headers));
  socket_.set_option(websocket::stream_base::decorator([offered](websocket::request_type& request) {
    request.set(http::field::user_agent, "wsdeep/" + std::string(version()));
    for (const auto& [name, value] : *offered)
      if (iequals(name, "User-Agent") || iequals(name, "Host"))
        request.set(name, value);
      else
        request.insert(name, value);
  }));
  auto response = std::make_shared<websocket::response_type>();
  auto done = [self = shared_from_this(), response, offered, opened = std::move(offer.opened),
               refused = std::move(offer.failed)](error_code failed) {
    const Headers answer = headers_of(*response);
    const auto unasked = failed ? std::nullopt : unasked_in_answer(*offered, answer);
    if (!failed && !unasked) return self->start(opened(std::make_shared<Handle>(self), answer));
    self->cut();
    refused(unasked ? no_handshake(*unasked) : self->failure_of(failed));
  };
  socket_.async_handshake(*response, offer.url.authority(), offer.url.target, std::move(done));
}

/// Reads the recorded response again: Beast drops a response that is cut off or too long, but its beginning tells why.
OpenFailure WebSocketSession::failure_of(error_code failed) const {
  http::response_parser<http::string_body> parser;
  parser.eager(true);
  parser.body_limit(boost::none);
  error_code ignored;
  parser.put(asio::buffer(socket_.next_layer().recorded()), ignored);
  if (socket_.next_layer().recorded().starts_with(kTlsAlert)) return {0, {}, {}, "the server speaks TLS: use wss://"};
  if (!parser.is_header_done()) return {0, {}, {}, cause_of(failed)};
  const auto& response = parser.get();
  if (response.result() == http::status::switching_protocols) return no_handshake(handshake_fault(failed));
  return {static_cast<int>(response.result_int()), headers_of(response), response.body().substr(0, kMaxRefusalBody),
          failed == websocket::error::upgrade_declined ? "the server refused the WebSocket" : cause_of(failed)};
}

void WebSocketSession::start(WebSocketEvents events) {
  events_ = std::move(events);
  open_ = true;
  socket_.control_callback([this](websocket::frame_type kind, beast::string_view) { on_control(kind); });
  read();
  pump();
}

// ---- reading -------------------------------------------------------------------------------------------------------

void WebSocketSession::read() {
  socket_.async_read(incoming_, [self = shared_from_this()](error_code failed, std::size_t) { self->on_read(failed); });
}

void WebSocketSession::on_read(error_code failed) {
  if (finished_) return;
  if (!failed) {
    const auto bytes = incoming_.data();
    std::string message(static_cast<const char*>(bytes.data()), bytes.size());
    incoming_.clear();
    if (incoming_.capacity() > kKeptBufferBytes) incoming_.shrink_to_fit();
    if (events_.on_message) events_.on_message(std::move(message), socket_.got_binary());
    return read();
  }
  if (failed == websocket::error::closed) return finish_with_peers_code();
  if (const auto code = refusal_code(failed)) return finish(*code, failed.message(), false);
  if (failed == asio::error::operation_aborted && close_sent_) return;
  finish(kAbnormal, {}, !closing_);
}

/// Runs inside Beast's read: must not start anything there, so the callback is posted.
void WebSocketSession::on_control(websocket::frame_type kind) {
  if (kind == websocket::frame_type::close) {
    peer_first_ = !closing_;
    return await_close();  // a peer that closes and does not read could block our answer
  }
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    if (!self->finished_ && self->events_.on_heartbeat) self->events_.on_heartbeat();
  });
}

// ---- writing -------------------------------------------------------------------------------------------------------

void WebSocketSession::send(std::string message, bool binary) {
  if (closing_ || finished_) return;
  queued_ += message.size();
  queue_.push_back({std::move(message), binary});
  pump();
}

void WebSocketSession::ping() {
  if (closing_ || finished_) return;
  ping_wanted_ = true;
  pump();
}

void WebSocketSession::close(std::uint16_t code, std::string reason) {
  if (closing_ || finished_) return;
  closing_ = true;
  reason.resize(utf8_cut(reason, kMaxReason).size());
  if (code != kNoStatus) farewell_ = websocket::close_reason(static_cast<websocket::close_code>(code), reason);
  await_close();
  pump();
}

std::size_t WebSocketSession::unconfirmed_bytes() {
  int held = 0;
  const bool known = ::ioctl(transport().stream().socket().native_handle(), SIOCOUTQ, &held) == 0;
  return queued_ + (known && held > 0 ? static_cast<std::size_t>(held) : 0);
}

void WebSocketSession::pump() {
  if (!open_ || writing_ || finished_ || close_sent_) return;
  if (ping_wanted_) return write_ping();
  if (!queue_.empty()) return write_message();
  if (closing_) write_close();
}

void WebSocketSession::write_ping() {
  ping_wanted_ = false;
  writing_ = true;
  socket_.async_ping({}, [self = shared_from_this()](error_code failed) { self->on_written(failed); });
}

void WebSocketSession::write_message() {
  writing_ = true;
  socket_.binary(queue_.front().binary);
  socket_.async_write(asio::buffer(queue_.front().message),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        if (failed) return self->on_written(failed);
                        self->queued_ -= self->queue_.front().message.size();
                        self->queue_.pop_front();
                        self->on_written(failed);
                        if (self->queue_.empty() && self->events_.on_drained) self->events_.on_drained();
                      });
}

void WebSocketSession::on_written(error_code failed) {
  writing_ = false;
  if (finished_) return;
  if (!failed) return pump();
  if (failed != asio::error::operation_aborted) return finish(kAbnormal, {}, !closing_);
  // Aborted: reading has met the end before, and reports it.
}

void WebSocketSession::write_close() {
  close_sent_ = true;
  socket_.async_close(farewell_, [self = shared_from_this()](error_code failed) {
    if (self->finished_ || failed == asio::error::operation_aborted) return;
    if (!failed) return self->finish_with_peers_code();
    self->finish(kAbnormal, {}, false);
  });
}

// ---- ending --------------------------------------------------------------------------------------------------------

void WebSocketSession::await_close() {
  if (std::exchange(awaiting_close_, true)) return;
  close_timer_.expires_after(kCloseTimeout);
  close_timer_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (cancelled || self->finished_) return;
    self->cut();
    self->peer_first_ ? self->finish_with_peers_code() : self->finish(kAbnormal, {}, !self->closing_);
  });
}

void WebSocketSession::finish_with_peers_code() {
  const websocket::close_reason& reason = socket_.reason();
  const std::uint16_t code = reason.code == websocket::close_code::none ? kNoStatus : reason.code;
  finish(code, std::string(reason.reason.data(), reason.reason.size()), peer_first_);
}

void WebSocketSession::finish(std::uint16_t code, std::string reason, bool by_peer) {
  finished_ = true;
  close_timer_.cancel();
  close_gently(transport().stream(), shared_from_this());
  const WebSocketEvents events = std::exchange(events_, {});
  if (events.on_close) events.on_close(code, std::move(reason), by_peer);
}

}  // namespace

void accept_websocket(EventLoop::Impl& loop, const HttpRequest& request, Acceptance acceptance) {
  auto session = std::make_shared<WebSocketSession>(loop, std::move(acceptance.stream), std::move(acceptance.early));
  session->accept(request, std::move(acceptance));
}

std::function<void()> offer_websocket(EventLoop::Impl& loop, Offer offer) {
  auto session = std::make_shared<WebSocketSession>(loop, std::move(offer.stream), std::string());
  session->offer(std::move(offer));
  return [weak = std::weak_ptr(session)] {
    if (const auto session_left = weak.lock()) session_left->cut();
  };
}

}  // namespace wsdeep::net
