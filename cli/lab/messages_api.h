#pragma once

#include <memory>
#include <string>

#include "auth/live_secret.h"
#include "lab/lab_http.h"
#include "lab/sessions.h"

namespace wsdeep::lab {

/// `/api/ws/message` and `/api/ws/disconnect`, for the service: what clients of sessions send by their WebSockets. Who
/// they are is in fields that the service has filled in (`connectionId`, `sessionId`, `userId`), and vouches for by its
/// signature. A frame's `type`, and what answers it; pushes go to `X-Push-Url`:
///
///   ping                     pong {timestamp}
///   command {command}        command_result {commandId, result: {output, exitCode, truncated?}, timestamp}, behind
///   pushes of
///                            output {commandId, data, seq} when it takes long; or command_running {commandId}, and the
///                            result is pushed. `output` is the last 64 KB; the pushes have all of it.
///   resize {cols, rows}      resize_ack {cols, rows, timestamp}
///   attach {cols, rows, client?}  screen {data, cols, rows, seq, input}: what paints the screen, the number of the
///   output
///                            that comes next, and that of the input that is awaited. Then pushes of output {data,
///                            seq}, of screen to one who is behind, of detached {reason} when another connection
///                            attaches, of session_end {exitCode, reason}.
///   input {data, seq}        input_ack {seq}
///   detach                   detached
///   any other                unknown_command
///   a fault                  error {code, error}; codes: invalid_message, invalid_command, busy, forbidden,
///                            session_ended (to a command that ends with it: {output, truncated?} as well),
///                            session_elsewhere (it runs in another server that shares the store), store_away (nobody
///                            knows whether it runs): both are worth another try,
///                            not_attached, input_gap (also pushed), input_window, input_full (nothing of it was typed)
class MessagesApi {
 public:
  /// `secret` null: requests need no signature, and sessions are not held to their owners.
  MessagesApi(Sessions& sessions, std::shared_ptr<auth::LiveSecret> secret)
      : sessions_(sessions), secret_(std::move(secret)) {}

  void serve(const Exchange& exchange, const std::string& path);

 private:
  bool is_signed(const Exchange& exchange, const std::string& path) const;
  void message(const Exchange& exchange);
  bool is_owner(const std::string& user, const SessionRecord& record) const;
  void say_where(const std::string& id, const std::string& user, const Session::Answer& answer);
  void disconnect(const Exchange& exchange);

  Sessions& sessions_;
  const std::shared_ptr<auth::LiveSecret> secret_;
};

}  // namespace wsdeep::lab
