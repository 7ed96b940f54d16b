#include "session/loop_link.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "session/open_loss.h"

namespace wsdeep::session {
namespace {

/// A pool that cannot be reached may be reachable later; one that refuses will go on refusing.
Loss loss_of(const Error& error) {
  const bool refused = error.kind() == ErrorKind::kRefused;
  const bool for_good = refused || error.kind() == ErrorKind::kUsage;
  return {.status = refused ? 401 : 0, .cause = error.what(), .hint = error.hint(), .for_good = for_good};
}

std::string cause_of_close(int code, const std::string& reason) {
  if (code == 1006) return "the connection broke (1006)";
  return reason.empty() ? fmt::format("the connection was closed ({})", code)
                        : fmt::format("the connection was closed ({}: {})", code, reason);
}

}  // namespace

LoopLink::LoopLink(net::EventLoop& loop, Endpoint endpoint, TokenSource token)
    : loop_(loop), endpoint_(std::move(endpoint)), token_(std::move(token)) {}

LoopLink::~LoopLink() {
  abandon();
}

void LoopLink::open(const std::string& chat_id) {
  attempt_ = std::make_shared<Attempt>();
  attempt_->chat_id = chat_id;
  times_ = {std::chrono::steady_clock::now()};
  // The work holds the attempt, not us: it may outlive us on its thread.
  loop_.run_blocking(
      [attempt = attempt_, token = token_] { attempt->token = token(attempt->stop.get_token()); },
      [this, present = Present(attempt_)](const std::exception_ptr& fault) { on_token(present, fault); });
}

void LoopLink::on_token(const Present& present, const std::exception_ptr& fault) {
  const auto attempt = present.lock();
  if (!attempt || attempt->stop.stop_requested()) return;
  try {
    if (fault) std::rethrow_exception(fault);
    times_.signed_in = std::chrono::steady_clock::now();
    offer(attempt);
  } catch (const Error& error) {
    over(loss_of(error));
  }
}

net::WebSocketTarget LoopLink::target_of(const Attempt& attempt) const {
  net::WebSocketTarget target;
  target.url = endpoint_.url;
  if (!attempt.chat_id.empty()) target.url += "?sessionId=" + percent_encode(attempt.chat_id);
  target.headers = {{"Authorization", "Bearer " + attempt.token}, {"User-Agent", "wsdeep"}};
  if (!endpoint_.origin.empty()) target.headers.emplace_back("Origin", endpoint_.origin);
  target.ca_file = endpoint_.ca_file;
  target.timeout = endpoint_.open_timeout;
  return target;
}

void LoopLink::offer(const std::shared_ptr<Attempt>& attempt) {
  attempt->opening = net::open_websocket(
      loop_, target_of(*attempt),
      [this, present = Present(attempt)](std::shared_ptr<net::WebSocket> socket, const net::Headers&,
                                         const net::OpenTimes& steps) {
        return on_opened(present, std::move(socket), steps);
      },
      [this, present = Present(attempt)](const net::OpenFailure& failure) {
        if (present.expired()) return;
        times_.steps = failure.times;
        over(loss_of(failure));
      });
}

net::WebSocketEvents LoopLink::on_opened(const Present& present, std::shared_ptr<net::WebSocket> socket,
                                         const net::OpenTimes& steps) {
  net::WebSocketEvents events;
  if (present.expired()) return events;
  attempt_->socket = std::move(socket);
  times_.steps = steps;
  attempt_->token = {};
  events.on_message = [this, present](std::string frame, bool) {
    if (!present.expired()) listener_->on_frame(std::move(frame));
  };
  events.on_heartbeat = [this, present] {
    if (!present.expired()) listener_->on_heartbeat();
  };
  events.on_drained = [this, present] {
    if (!present.expired()) listener_->on_drained();
  };
  events.on_close = [this, present](std::uint16_t code, const std::string& reason, bool) {
    if (!present.expired()) on_closed(code, reason);
  };
  listener_->on_opened();
  return events;
}

void LoopLink::on_closed(int code, const std::string& reason) {
  over({.close_code = code, .cause = cause_of_close(code, reason), .unsent = queued_frames()});
}

void LoopLink::over(const Loss& loss) {
  const auto ended = std::exchange(attempt_, nullptr);
  listener_->on_closed(loss);
}

void LoopLink::send(std::string frame) {
  if (attempt_ && attempt_->socket) attempt_->socket->send_text(std::move(frame));
}

void LoopLink::ping() {
  if (attempt_ && attempt_->socket) attempt_->socket->ping();
}

void LoopLink::close() {
  if (attempt_ && attempt_->socket) attempt_->socket->close(1000, "");
}

void LoopLink::abandon() {
  const auto attempt = std::exchange(attempt_, nullptr);
  if (!attempt) return;
  attempt->stop.request_stop();
  attempt->opening.cancel();
  if (attempt->socket) attempt->socket->close(1001, "");
}

std::size_t LoopLink::queued_bytes() const {
  return attempt_ && attempt_->socket ? attempt_->socket->queued_bytes() : 0;
}

std::size_t LoopLink::queued_frames() const {
  return attempt_ && attempt_->socket ? attempt_->socket->queued_messages() : 0;
}

std::size_t LoopLink::unconfirmed_bytes() const {
  return attempt_ && attempt_->socket ? attempt_->socket->unconfirmed_bytes() : 0;
}

void LoopLink::wake_after(std::chrono::nanoseconds delay) {
  alarm_ = loop_.after(delay, [this] {
    if (listener_ != nullptr) listener_->on_alarm();
  });
}

}  // namespace wsdeep::session
