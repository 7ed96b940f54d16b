#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "net/event_loop.h"
#include "net/websocket_client.h"

namespace wsdeep::session {

struct SessionOptions {
  std::string url;        ///< ws:// or wss:// of the stage, without a query
  std::string ca_file;    ///< PEM to trust besides the system's; empty: none
  std::string chat_id;    ///< sent as `sessionId`, so that every connection of the session resumes the same chat
  std::string origin;     ///< empty: none is sent
  bool reconnect = true;  ///< false: the first lost connection ends the session
  /// A ping frame goes out after this much silence from our side: API Gateway ends idle connections after 10 minutes.
  std::chrono::milliseconds keep_alive{std::chrono::minutes(4)};
  std::chrono::milliseconds open_timeout{15000};
};

/// Why a session is over, or why its connection is.
struct Loss {
  int status = 0;      ///< HTTP status of a refused handshake; 0 when it was not that
  int close_code = 0;  ///< WebSocket close code; 0 when it was never open
  std::string cause;   ///< for a person
  std::string hint;    ///< what to do about it, or empty
};

/// Called on the loop. `on_end` is the last call.
struct SessionEvents {
  std::function<void(bool again)> on_open;  ///< `again`: after a lost connection
  std::function<void(std::string frame)> on_frame;
  /// The connection was lost and will be opened again after `wait`.
  std::function<void(const Loss&, std::chrono::milliseconds wait)> on_lost;
  /// It is over: refused for good (400, 401, 403), `close` was called, or reconnecting is off.
  std::function<void(const Loss&)> on_end;
};

/// One authenticated chat session over any number of WebSocket connections: opens, keeps alive, reconnects with
/// exponential back-off and jitter, and resumes the same chat. Belongs to the loop's thread; destroying it closes it
/// without further calls.
class ChatSession {
 public:
  /// `token` returns a token that is valid now; it runs on a background thread before each connection and may throw an
  /// Error, which ends the session with that cause.
  ChatSession(net::EventLoop& loop, SessionOptions options, std::function<std::string()> token, SessionEvents events);
  ~ChatSession();
  ChatSession(const ChatSession&) = delete;
  ChatSession& operator=(const ChatSession&) = delete;

  /// Sends a frame now, or as soon as the connection is open again.
  void send(std::string frame);
  /// Closes with 1000; `on_end` follows.
  void close();
  bool is_open() const { return socket_ != nullptr; }

 private:
  void connect();
  void open(const std::string& token);
  void on_opened();
  void on_failed(const net::OpenFailure& failure);
  void on_closed(int code, const std::string& reason);
  void retry_or_end(const Loss& loss, bool for_good);
  void end(const Loss& loss);
  void arm_keep_alive();

  net::EventLoop& loop_;
  SessionOptions options_;
  std::function<std::string()> token_;
  SessionEvents events_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::shared_ptr<net::WebSocket> socket_;
  net::EventLoop::Subscription opening_;
  net::EventLoop::Subscription timer_;
  std::deque<std::string> unsent_;
  int failures_ = 0;
  bool opened_before_ = false;
  bool closing_ = false;
};

}  // namespace wsdeep::session
