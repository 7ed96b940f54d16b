#include "session/chat_session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/error.h"
#include "base/random.h"
#include "wire/chat_frames.h"

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstWait{250};
constexpr milliseconds kLongestWait{15'000};
constexpr std::size_t kMaxUnsent = 16;

/// Half of the exponential step for sure, the other half at random: many clients of one lost gateway spread out.
milliseconds back_off(int failures) {
  const auto step = std::min(kLongestWait, kFirstWait * (1 << std::min(failures, 10)));
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(step.count()) * (0.5 + random_unit() / 2)));
}

std::string cause_of(const net::OpenFailure& failure) {
  switch (failure.status) {
    case 0:
      return failure.cause;
    case 401:
      return "not signed in: the token was not accepted (401)";
    case 403:
      return "refused: this user or origin may not connect here (403)";
    case 426:
      return "the server did not see a WebSocket request (426)";
    case 429:
      return "too many connections at once (429)";
    default:
      return fmt::format("the server answered {}", failure.status);
  }
}

}  // namespace

ChatSession::ChatSession(net::EventLoop& loop, SessionOptions options, std::function<std::string()> token,
                         SessionEvents events)
    : loop_(loop), options_(std::move(options)), token_(std::move(token)), events_(std::move(events)) {
  connect();
}

ChatSession::~ChatSession() {
  *alive_ = false;
  if (socket_ != nullptr) socket_->close(1000, "");
}

void ChatSession::connect() {
  auto token = std::make_shared<std::string>();
  loop_.run_blocking([token, make = token_] { *token = make(); },
                     [this, alive = alive_, token](std::exception_ptr fault) {
                       if (!*alive || closing_) return;
                       if (fault == nullptr) return open(*token);
                       try {
                         std::rethrow_exception(fault);
                       } catch (const Error& error) {
                         end({error.kind() == ErrorKind::kRefused ? 401 : 0, 0, error.what(), error.hint()});
                       }
                     });
}

void ChatSession::open(const std::string& token) {
  net::WebSocketTarget target;
  target.url = options_.url;
  if (!options_.chat_id.empty()) target.url += "?sessionId=" + percent_encode(options_.chat_id);
  target.headers = {{"Authorization", "Bearer " + token}, {"User-Agent", "wsdeep"}};
  if (!options_.origin.empty()) target.headers.emplace_back("Origin", options_.origin);
  target.ca_file = options_.ca_file;
  target.timeout = options_.open_timeout;
  opening_ = net::open_websocket(
      loop_, target,
      [this, alive = alive_](std::shared_ptr<net::WebSocket> socket, const net::Headers&) {
        net::WebSocketEvents events;
        if (!*alive) return events;
        socket_ = std::move(socket);
        events.on_message = [this, alive](std::string frame, bool) {
          if (*alive && events_.on_frame) events_.on_frame(std::move(frame));
        };
        events.on_close = [this, alive](std::uint16_t code, const std::string& reason, bool) {
          if (*alive) on_closed(code, reason);
        };
        on_opened();
        return events;
      },
      [this, alive = alive_](const net::OpenFailure& failure) {
        if (*alive) on_failed(failure);
      });
}

void ChatSession::on_opened() {
  const bool again = std::exchange(opened_before_, true);
  failures_ = 0;
  arm_keep_alive();
  while (!unsent_.empty()) {
    socket_->send_text(std::move(unsent_.front()));
    unsent_.pop_front();
  }
  if (events_.on_open) events_.on_open(again);
}

void ChatSession::on_failed(const net::OpenFailure& failure) {
  const bool for_good = failure.status == 400 || failure.status == 401 || failure.status == 403;
  // A server that was never reached is reported at once; one that was may come back.
  retry_or_end({failure.status, 0, cause_of(failure), {}}, for_good || !opened_before_);
}

void ChatSession::on_closed(int code, const std::string& reason) {
  socket_.reset();
  timer_.cancel();
  std::string cause = reason.empty() ? fmt::format("the connection was closed ({})", code)
                                     : fmt::format("the connection was closed ({}: {})", code, reason);
  if (code == 1006) cause = "the connection broke (1006)";
  retry_or_end({0, code, std::move(cause), {}}, closing_ || !options_.reconnect);
}

void ChatSession::retry_or_end(const Loss& loss, bool for_good) {
  if (for_good) return end(loss);
  // API Gateway ends every connection after two hours: that is no reason to wait.
  const milliseconds wait = loss.close_code == 1001 && failures_ == 0 ? milliseconds(0) : back_off(failures_);
  ++failures_;
  timer_ = loop_.after(wait, [this] { connect(); });
  if (events_.on_lost) events_.on_lost(loss, wait);
}

void ChatSession::end(const Loss& loss) {
  closing_ = true;
  timer_.cancel();
  if (const auto on_end = std::exchange(events_.on_end, nullptr)) on_end(loss);
}

void ChatSession::send(std::string frame) {
  if (socket_ != nullptr) {
    socket_->send_text(std::move(frame));
    return arm_keep_alive();
  }
  if (unsent_.size() < kMaxUnsent) unsent_.push_back(std::move(frame));
}

void ChatSession::arm_keep_alive() {
  timer_ = loop_.after(options_.keep_alive, [this] { send(wire::encode(wire::PingFrame{})); });
}

void ChatSession::close() {
  closing_ = true;
  if (socket_ != nullptr) return socket_->close(1000, "");
  opening_.cancel();
  end({0, 1000, "closed", {}});
}

}  // namespace wsdeep::session
