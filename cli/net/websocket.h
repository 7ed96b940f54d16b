#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/http_message.h"

namespace wsdeep::net {

/// A WebSocket as either side holds it (RFC 6455). All calls and callbacks on the loop's thread.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Queues one text message; written in order, one at a time. Ignored once closed.
  virtual void send_text(std::string message) = 0;
  /// The same for a binary one.
  virtual void send_binary(std::string message) = 0;
  /// Queues a ping frame.
  virtual void ping() = 0;
  /// Sends a close frame after what is queued; `on_close` follows, at the latest 2 s later. 1005 sends a frame without
  /// a code; of `reason`, at most 123 bytes are sent.
  virtual void close(std::uint16_t code, std::string reason) = 0;
  /// Bytes accepted by `send_text` and `send_binary` and not yet written.
  virtual std::size_t queued_bytes() const = 0;
  /// How many messages those are of; one that is half written counts.
  virtual std::size_t queued_messages() const = 0;
  /// Bytes of ours that the peer's machine has not confirmed: those that are queued, and what the kernel holds of those
  /// that were written. They grow less only while somebody is there to confirm them.
  virtual std::size_t unconfirmed_bytes() const = 0;
  /// When the read returned that brought the last byte of the message that `on_message` is being called with; of an
  /// opening one, of the answer to its handshake.
  virtual SteadyTime received_at() const = 0;
};

/// Called on the loop's thread. `on_close` is called exactly once, last, and releases the callbacks.
struct WebSocketEvents {
  std::function<void(std::string message, bool binary)> on_message;
  /// A ping or pong frame came: the peer is alive.
  std::function<void()> on_heartbeat;
  /// All that was queued has been written.
  std::function<void()> on_drained;
  /// `code` is the peer's (1005 when its close frame had none), or 1006 when the connection just ended. `by_peer` is
  /// false when this side closed first; so also when the peer broke the protocol or a limit: then `code` is what this
  /// side closed with (1002, 1007, 1009).
  std::function<void(std::uint16_t code, std::string reason, bool by_peer)> on_close;
};

/// What a server allows one WebSocket. Breaking a size limit closes it with 1009, a bad UTF-8 text with 1007.
struct WebSocketLimits {
  std::size_t max_frame_bytes = 32 * 1024;
  std::size_t max_message_bytes = 128 * 1024;
};

/// When the steps of opening a WebSocket were done. Nothing: it did not come so far, or there is no such step.
struct OpenTimes {
  SteadyTime begun;
  std::optional<SteadyTime> resolved;   ///< the name of the server, or of the proxy before it
  std::optional<SteadyTime> connected;  ///< TCP, to the same
  std::optional<SteadyTime> secured;    ///< TLS; what a proxy took to connect is in it
  std::optional<SteadyTime> upgraded;   ///< the server's 101 was read
};

/// How opening failed: `status` is the HTTP status of a refused handshake, or 0 when none came and `cause` tells why.
struct OpenFailure {
  int status = 0;
  Headers headers;
  std::string body;       ///< at most 64 KiB of the refusal's body
  std::string cause;      ///< lower-case, without the URL's query
  std::string hint{};     ///< what to do about it, or empty
  bool for_good = false;  ///< the same attempt would fail again
  OpenTimes times{};      ///< how far it came
};

}  // namespace wsdeep::net
