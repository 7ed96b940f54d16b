#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "chat/ports.h"
#include "wire/backend_frames.h"

/// Backend mode (contract §7): a service of somebody else's behind our WebSocket API. It is asked whether a session may
/// be entered, gets what its clients send, answers them, and is told when they have gone. The rules; what they need of
/// the world are the ports below.
namespace wsdeep::chat {

/// A client of the backend's, as the table has it (keys connectionId and sessionId, as in the source document).
struct BackendConnection {
  wire::BackendClient client;
  std::int64_t created_at_ms = 0;
  /// Epoch seconds: DynamoDB's TTL takes no others. (The document's milliseconds lie in the year 50,000.)
  std::int64_t expires_at = 0;

  bool operator==(const BackendConnection&) const = default;
};

class BackendConnections {
 public:
  virtual ~BackendConnections() = default;
  virtual void put(const BackendConnection& connection) = 0;
  virtual std::optional<BackendConnection> find(std::string_view connection_id) = 0;
  virtual void remove(const wire::BackendClient& client) = 0;
};

/// A request to the backend; headers and signature are the adapter's.
struct BackendRequest {
  std::string method;
  std::string path;  ///< below its URL: `/api/ws/message`
  std::string body;
  wire::BackendClient client;
  std::string bearer;  ///< the client's own token, where the backend is to see it
};

/// What became of it.
struct BackendReply {
  enum class Fault {
    kNone,      ///< it answered
    kRefused,   ///< nobody took the call: it has not arrived
    kTimeout,   ///< no answer in time
    kBroken,    ///< the connection ended; nobody knows whether the call had arrived
    kTooLarge,  ///< more than a client can be sent
    kShut,      ///< not asked: the circuit is open
  };
  Fault fault = Fault::kNone;
  int status = 0;    ///< kNone
  std::string body;  ///< kNone
  std::chrono::milliseconds retry_after{0};
  std::string cause;  ///< for the log, without what a user or a backend has written
};

/// One attempt each.
class BackendCalls {
 public:
  virtual ~BackendCalls() = default;
  virtual BackendReply send(const BackendRequest& request) = 0;
  /// Whether another attempt may begin `wait` from now and still end in time; waits then.
  virtual bool pause(std::chrono::milliseconds wait) = 0;
};

/// Hands the word that a client has gone to who tells the backend, with as many attempts as that takes.
class BackendNotices {
 public:
  virtual ~BackendNotices() = default;
  virtual void leave(const wire::BackendClient& client) = 0;
};

struct BackendRules {
  /// The document's "continue anyway": a client comes in also while the backend cannot be reached. No answer that a
  /// client could bring about, such as a 429 or a 500, has it let in.
  bool continue_when_down = false;
  std::chrono::seconds connection_ttl{std::chrono::hours(24)};
};

/// Whether the backend serves nobody, and should be left alone for a while: no answer, or a 502, 503 or 504.
bool is_down(const BackendReply& reply);

/// 1 to 128 characters of `A-Z a-z 0-9 . _ ~ : @ -`, which a path holds as they are; not `.` and `..`.
bool is_backend_session(std::string_view text);

/// What a function answers, and why, for the log.
struct BackendOutcome {
  int status = 200;
  std::string body;
  std::string cause;  ///< empty: all is well
  int backend_status = 0;
};

/// Who wants to come in; the authorizer has said who it is.
struct BackendArrival {
  std::string connection_id;
  std::string user_id;
  std::string session_id;  ///< empty: none was named
  std::string token;
  std::int64_t connected_at_ms = 0;
};

/// 200 `{"message":"Connected",…}` and an item in the table; 400 without a session, or with one that the backend
/// refuses, in its words; 503 when it cannot say.
BackendOutcome enter_session(const BackendArrival& arrival, BackendCalls& backend, BackendConnections& connections,
                             const BackendRules& rules);

/// The chat that a user has in a session, beside the backend's terminal: his own, also where others are in that
/// session.
std::string chat_of_session(const wire::BackendClient& client);

/// The backend's answer to a client's frame, which goes back to it; 500 `{"error":"Failed to process message",…}` when
/// there is none that a client could get.
BackendOutcome forward_frame(std::string_view frame, const std::optional<BackendConnection>& connection,
                             BackendCalls& backend);

struct BackendLeft {
  std::optional<wire::BackendClient> client;  ///< nothing: the connection is none of the backend's, or gone already
  std::string cause;                          ///< why its session is not known; empty: it is
};

/// `$disconnect`: the word is handed on before the item goes, so that one that is not handed on is not lost. Where the
/// table cannot be read the word has the connection alone, whose session has to be found by who tells the backend.
BackendLeft leave_session(std::string_view connection_id, BackendConnections& connections, BackendNotices& notices);

/// Tells the backend, several times if need be. Throws Error{kFailure} when it could not be told: whoever has called
/// tries again later.
void tell_disconnect(const wire::BackendClient& client, BackendCalls& backend);

/// A frame of the backend's for a client, as it is: 200, 400 not text, 404 no connection of the backend's, 410 it has
/// gone, 413 too large.
BackendOutcome push_frame(std::string_view connection_id, std::string_view frame, BackendConnections& connections,
                          Replies& replies);

}  // namespace wsdeep::chat
