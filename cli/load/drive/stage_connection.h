#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "load/drive/session_users.h"
#include "load/turn/run_clock.h"
#include "load/turn/turn_record.h"
#include "net/event_loop.h"
#include "net/websocket.h"
#include "session/link.h"
#include "session/loop_link.h"

namespace wsdeep::load {

/// The reason of a connection that was not asked for, since its user could not be signed in.
inline constexpr std::string_view kNoToken = "no token";

/// What all connections of a run have in common. Everything outlives them.
struct StageAccess {
  session::Endpoint endpoint;
  SessionUsers& users;
  const RunClock& clock;
};

/// A WebSocket of the stage, signed in, from the attempt to open it to its end; and the record of it. It is opened
/// once: a session that was lost and comes back has another one. All calls and callbacks on the loop's thread.
class StageConnection {
 public:
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void on_opened() = 0;
    /// `at`: when the read returned that brought it.
    virtual void on_message(std::string message, bool binary, Micros at) = 0;
    /// The last call, also when it could not be opened. The connection must not be destroyed in it.
    virtual void on_closed(const ConnectionRecord& record, const session::Loss& loss) = 0;
  };

  /// `record` has what is known before: session, intended, again.
  StageConnection(net::EventLoop& loop, const StageAccess& access, ConnectionRecord record, Owner& owner)
      : loop_(loop), access_(access), record_(std::move(record)), owner_(owner) {}
  ~StageConnection();
  StageConnection(const StageConnection&) = delete;
  StageConnection& operator=(const StageConnection&) = delete;

  /// `chat`: the session id that it takes up, or empty. `on_opened` or `on_closed` follows, not before this returns.
  void open(const std::string& chat = {});
  void send(std::string message);
  /// With 1000, after what was sent; `on_closed` follows, within a second. An attempt is given up.
  void close();
  /// As it stands: of one that is not over yet, without its end.
  const ConnectionRecord& record() const { return record_; }
  bool is_open() const { return socket_ != nullptr; }

 private:
  /// Callbacks of the WebSocket hold it weakly: they may come after the connection is gone.
  struct Life {};

  net::WebSocketTarget target_of(const std::string& chat);
  net::WebSocketEvents on_opened(std::shared_ptr<net::WebSocket> socket, const net::OpenTimes& times);
  void on_failed(const net::OpenFailure& failure);
  void on_closed(int code, const std::string& reason, bool by_peer);
  void fail_later(const session::Loss& loss, std::string reason);
  void end(const session::Loss& loss, std::string reason);
  void note(const net::OpenTimes& times);

  net::EventLoop& loop_;
  const StageAccess& access_;
  ConnectionRecord record_;
  Owner& owner_;
  std::shared_ptr<Life> life_ = std::make_shared<Life>();
  std::shared_ptr<net::WebSocket> socket_;
  net::EventLoop::Subscription opening_;
  bool over_ = false;
};

}  // namespace wsdeep::load
