#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "session/back_off.h"
#include "session/link.h"
#include "session/liveness.h"

namespace wsdeep::session {

struct ConnectionOptions {
  bool reconnect = true;                           ///< false: the first loss ends it
  std::chrono::milliseconds open_timeout{20'000};  ///< token, name, TCP, TLS and handshake together
  std::chrono::milliseconds stable{10'000};        ///< a connection that stood so long was a good one
  /// A ping frame of the chat's goes out after this much silence from our side: API Gateway ends idle connections after
  /// 10 minutes, whatever pings of the WebSocket's went over them.
  std::chrono::milliseconds keep_alive{std::chrono::minutes(4)};
  LivenessLimits liveness{};
  double (*random)() = random_unit;
};

// What a connection is at any moment.
struct Offline {};
struct Opening {
  SteadyTime since;
};
struct Open {
  SteadyTime since;
  SteadyTime last_sent;
  Liveness liveness;
  std::size_t sent_bytes = 0;
  std::size_t confirmed_bytes = 0;  ///< of those, as of the last alarm
};
struct Waiting {
  SteadyTime until;
};
struct Ended {};
using ConnectionState = std::variant<Offline, Opening, Open, Waiting, Ended>;

/// Any number of connections, one after the other, that stand for one: it opens, watches whether the peer lives, waits
/// longer after each failure, and opens again. Belongs to its link's thread; without a thread or a buffer of its own.
class Connection final : private Link::Listener {
 public:
  /// Whose connection this is. None of these may destroy the Connection.
  class Owner {
   public:
    virtual ~Owner() = default;
    /// The chat that the next connection takes up; empty: a new one.
    virtual std::string chat_id() const = 0;
    /// Whether something is to come from the peer: then its silence is watched closely.
    virtual bool expects_answer() const = 0;
    virtual void on_open(bool again) = 0;
    virtual void on_frame(const std::string& frame) = 0;
    virtual void on_drained() {}
    /// The connection was lost and will be opened again after `wait`.
    virtual void on_lost(const Loss& loss, std::chrono::milliseconds wait) = 0;
    /// The last call: refused for good, closed, or lost where reconnecting is off or nothing was ever reached.
    virtual void on_end(const Loss& loss) = 0;
    /// When `on_due` is wanted, if at all.
    virtual std::optional<SteadyTime> due() const { return std::nullopt; }
    virtual void on_due() {}
  };

  Connection(Link& link, const Clock& clock, const ConnectionOptions& options, Owner& owner);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void start();
  /// False when it is not open: nothing was sent.
  bool send(std::string frame);
  /// Closes with 1000; `on_end` follows, at the latest when the peer has not answered for that long.
  void close(std::chrono::milliseconds patience = std::chrono::milliseconds(500));
  /// Loses the connection that is open, as when the network breaks, without waiting for the peer.
  void lose(const std::string& cause);
  /// A turn was answered: this connection was of use.
  void worked() { back_off_.reset(); }
  /// The owner's `due` may have changed.
  void arm();

  const ConnectionState& state() const { return state_; }
  bool is_open() const { return std::holds_alternative<Open>(state_); }
  std::size_t queued_bytes() const { return link_.queued_bytes(); }

 private:
  void on_opened() override;
  void on_frame(std::string frame) override;
  void on_heartbeat() override;
  void on_drained() override;
  void on_closed(const Loss& loss) override;
  void on_alarm() override;

  void open();
  void act_on(const Opening& state);
  void act_on(Open& state);
  void look_at_progress(Open& state);
  void act_on(const Waiting& state);
  void give_up(Loss loss);
  void retry_or_end(const Loss& loss);
  void end(const Loss& loss);
  SteadyTime next_due() const;

  Link& link_;
  const Clock& clock_;
  const ConnectionOptions options_;
  Owner& owner_;
  ConnectionState state_;
  BackOff back_off_;
  std::optional<SteadyTime> alarm_at_;
  std::optional<SteadyTime> close_by_;  ///< it is being closed
  bool opened_before_ = false;
};

}  // namespace wsdeep::session
