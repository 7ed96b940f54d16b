#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace wsdeep::session {

/// Why a connection is over, or could not be opened.
struct Loss {
  int status = 0;          ///< HTTP status of a refused handshake; 0 when it was not that
  int close_code = 0;      ///< WebSocket close code, 1006 when it broke; 0 when it was never open
  std::string cause{};     ///< for a person
  std::string hint{};      ///< what to do about it, or empty
  bool for_good = false;   ///< trying again would not help: 400, 401, 403, 407, no sign-in
  std::size_t unsent = 0;  ///< frames that were accepted by `send` and did not go out
};

/// What a machine needs from the world: one connection at a time, and one alarm. The real one is LoopLink; a scripted
/// one tests. One thread; no call of the listener comes from inside a call of the link.
class Link {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_opened() = 0;
    virtual void on_frame(std::string frame) = 0;
    /// A ping or a pong came: the peer is alive.
    virtual void on_heartbeat() = 0;
    /// All that was given to `send` has gone out.
    virtual void on_drained() = 0;
    /// The connection, or the attempt to open one, is over.
    virtual void on_closed(const Loss& loss) = 0;
    virtual void on_alarm() = 0;
  };

  virtual ~Link() = default;
  /// Whom to call; null before the listener goes.
  virtual void attach(Listener* listener) = 0;
  /// Opens a connection, of which `chat_id` is the session id (empty: none). `on_opened` or `on_closed` follows.
  virtual void open(const std::string& chat_id) = 0;
  virtual void send(std::string frame) = 0;
  /// Sends a ping frame, which every WebSocket peer answers.
  virtual void ping() = 0;
  /// Closes with 1000 after what was sent; `on_closed` follows.
  virtual void close() = 0;
  /// Lets go of the connection, or of the attempt to open one, at once; nothing more is heard of it.
  virtual void abandon() = 0;
  virtual std::size_t queued_bytes() const = 0;
  virtual std::size_t queued_frames() const = 0;
  /// Bytes that were given to `send` and that the peer's machine has not confirmed.
  virtual std::size_t unconfirmed_bytes() const = 0;
  /// Sets the alarm; the one before is forgotten.
  virtual void wake_after(std::chrono::nanoseconds delay) = 0;
};

}  // namespace wsdeep::session
