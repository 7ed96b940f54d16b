#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "net/event_loop.h"
#include "net/websocket.h"
#include "net/websocket_client.h"
#include "session/link.h"

namespace wsdeep::session {

struct Endpoint {
  std::string url;                                 ///< ws:// or wss:// of the stage, without a query
  std::string ca_file;                             ///< PEM to trust besides the system's; empty: none
  std::string origin;                              ///< empty: none is sent
  std::chrono::milliseconds open_timeout{15'000};  ///< from the token on
};

/// A token that is valid now. Runs on a background thread before each connection, gives up when it is told to stop,
/// and may throw an Error: kRefused ends the session.
using TokenSource = std::function<std::string(std::stop_token)>;

/// When an attempt to open a connection got where; nothing: not so far.
struct OpeningTimes {
  SteadyTime begin;
  std::optional<SteadyTime> signed_in{};  ///< the token was there
  std::optional<net::OpenTimes> steps{};  ///< of the connection, when it is open or has failed
};

/// The real Link: WebSockets and timers of an event loop.
class LoopLink final : public Link {
 public:
  LoopLink(net::EventLoop& loop, Endpoint endpoint, TokenSource token);
  ~LoopLink() override;
  LoopLink(const LoopLink&) = delete;
  LoopLink& operator=(const LoopLink&) = delete;

  void attach(Listener* listener) override { listener_ = listener; }
  void open(const std::string& chat_id) override;
  void send(std::string frame) override;
  void ping() override;
  void close() override;
  void abandon() override;
  std::size_t queued_bytes() const override;
  std::size_t queued_frames() const override;
  std::size_t unconfirmed_bytes() const override;
  void wake_after(std::chrono::nanoseconds delay) override;
  /// Of the attempt that was made last.
  const OpeningTimes& opening_times() const { return times_; }

 private:
  /// One connection, or the attempt to open one: its callbacks stop being heard when it is no longer the present one.
  struct Attempt {
    std::string chat_id;
    std::string token;
    std::stop_source stop;
    std::shared_ptr<net::WebSocket> socket;
    net::EventLoop::Subscription opening;
  };
  using Present = std::weak_ptr<Attempt>;

  net::WebSocketTarget target_of(const Attempt& attempt) const;
  void on_token(const Present& present, const std::exception_ptr& fault);
  void offer(const std::shared_ptr<Attempt>& attempt);
  net::WebSocketEvents on_opened(const Present& present, std::shared_ptr<net::WebSocket> socket,
                                 const net::OpenTimes& steps);
  void on_closed(int code, const std::string& reason);
  void over(const Loss& loss);

  net::EventLoop& loop_;
  const Endpoint endpoint_;
  const TokenSource token_;
  Listener* listener_ = nullptr;
  std::shared_ptr<Attempt> attempt_;
  OpeningTimes times_;
  net::EventLoop::Subscription alarm_;
};

}  // namespace wsdeep::session
