#include "load/drive/stage_connection.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "net/websocket_client.h"
#include "session/open_loss.h"

namespace wsdeep::load {
namespace {

constexpr std::uint16_t kNormalClose = 1000;
constexpr std::uint16_t kGoingAway = 1001;

/// `cannot open wss://host/prod: connection refused` → `connection refused`
std::string short_cause(const std::string& cause) {
  const std::size_t at = cause.find(": ");
  return at == std::string::npos ? cause : cause.substr(at + 2);
}

std::string open_failure_reason(const net::OpenFailure& failure) {
  return failure.status == 0 ? short_cause(failure.cause) : fmt::format("http {}", failure.status);
}

}  // namespace

StageConnection::~StageConnection() {
  if (socket_) socket_->close(kGoingAway, {});
}

void StageConnection::open(const std::string& chat) {
  record_.begin = access_.clock.now();
  try {
    opening_ = net::open_websocket(
        loop_, target_of(chat),
        [this, life = std::weak_ptr(life_)](std::shared_ptr<net::WebSocket> socket, const net::Headers&,
                                            const net::OpenTimes& times) {
          return life.expired() ? net::WebSocketEvents{} : on_opened(std::move(socket), times);
        },
        [this, life = std::weak_ptr(life_)](const net::OpenFailure& failure) {
          if (!life.expired()) on_failed(failure);
        });
  } catch (const Error& error) {
    const bool refused = error.kind() == ErrorKind::kRefused;
    fail_later({.cause = error.what(), .hint = error.hint(), .for_good = true},
               refused ? std::string(kNoToken) : "cannot be asked for");
  }
}

net::WebSocketTarget StageConnection::target_of(const std::string& chat) {
  const SessionUsers::SignedIn user = access_.users.sign_in(record_.session);
  record_.sign_in_us = user.sign_in_us;
  net::WebSocketTarget target;
  target.url = access_.endpoint.url;
  if (!chat.empty()) target.url += "?sessionId=" + percent_encode(chat);
  target.headers = {{"Authorization", "Bearer " + user.token}, {"User-Agent", "wsdeep"}};
  if (!access_.endpoint.origin.empty()) target.headers.emplace_back("Origin", access_.endpoint.origin);
  target.ca_file = access_.endpoint.ca_file;
  target.timeout = access_.endpoint.open_timeout;
  return target;
}

net::WebSocketEvents StageConnection::on_opened(std::shared_ptr<net::WebSocket> socket, const net::OpenTimes& times) {
  note(times);
  socket_ = std::move(socket);
  net::WebSocketEvents events;
  events.on_message = [this, life = std::weak_ptr(life_)](std::string message, bool binary) {
    if (!life.expired()) owner_.on_message(std::move(message), binary, access_.clock.at(socket_->received_at()));
  };
  events.on_close = [this, life = std::weak_ptr(life_)](std::uint16_t code, const std::string& reason, bool by_peer) {
    if (!life.expired()) on_closed(code, reason, by_peer);
  };
  opening_ = {};  // with its target, which holds the token
  owner_.on_opened();
  return events;
}

void StageConnection::on_failed(const net::OpenFailure& failure) {
  note(failure.times);
  record_.status = failure.status;
  end(session::loss_of(failure), open_failure_reason(failure));
}

void StageConnection::on_closed(int code, const std::string& reason, bool by_peer) {
  socket_.reset();
  record_.close_code = code;
  record_.closed_by_peer = by_peer;
  end({.close_code = code,
       .cause = reason.empty() ? fmt::format("closed with {}", code) : fmt::format("closed with {}: {}", code, reason)},
      fmt::format("close {}", code));
}

void StageConnection::fail_later(const session::Loss& loss, std::string reason) {
  loop_.post([this, life = std::weak_ptr(life_), loss, reason = std::move(reason)] {
    if (!life.expired()) end(loss, reason);
  });
}

void StageConnection::end(const session::Loss& loss, std::string reason) {
  if (std::exchange(over_, true)) return;
  record_.closed = access_.clock.now();
  record_.reason = std::move(reason);
  owner_.on_closed(record_, loss);
}

void StageConnection::note(const net::OpenTimes& times) {
  const auto at = [this](const std::optional<SteadyTime>& time) { return time ? access_.clock.at(*time) : kNever; };
  record_.begin = access_.clock.at(times.begun);
  record_.resolved = at(times.resolved);
  record_.connected = at(times.connected);
  record_.secured = at(times.secured);
  record_.opened = at(times.upgraded);
}

void StageConnection::send(std::string message) {
  if (socket_) socket_->send_text(std::move(message));
}

void StageConnection::close() {
  if (over_) return;
  if (socket_) return socket_->close(kNormalClose, {});
  opening_ = {};
  fail_later({.cause = "given up"}, "given up");
}

}  // namespace wsdeep::load
