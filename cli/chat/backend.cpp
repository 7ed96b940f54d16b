#include "chat/backend.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "wire/backend_signature.h"
#include "wire/chat_frames.h"

namespace wsdeep::chat {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxSessionCharacters = 128;
constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{3000};
constexpr int kAsks = 3;     // whether a session may be entered: somebody waits
constexpr int kNotices = 8;  // that somebody has gone: nobody waits
constexpr std::string_view kFailedMessage = "Failed to process message";
constexpr std::string_view kInvalidSession = "Invalid session";

bool is_session_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._~:@-").find(c) != std::string_view::npos;
}

bool is_success(int status) {
  return status >= 200 && status <= 299;
}

/// Until it is there, or has failed `attempts` times in a way that another attempt could change.
template <typename Again>
BackendReply send_again(const BackendRequest& request, BackendCalls& backend, int attempts, Again again) {
  BackendReply reply = backend.send(request);
  milliseconds wait = kFirstPause;
  for (int i = 1; i < attempts && again(reply); ++i) {
    if (!backend.pause(std::max(wait, std::min(reply.retry_after, kLongestPause)))) break;
    wait = std::min(2 * wait, kLongestPause);
    reply = backend.send(request);
  }
  return reply;
}

std::string cause_of(const BackendReply& reply) {
  return reply.fault == BackendReply::Fault::kNone ? fmt::format("the backend answered {}", reply.status) : reply.cause;
}

BackendOutcome refused(int status, std::string_view error, std::string cause, int backend_status = 0) {
  return {status, wire::backend_error(error), std::move(cause), backend_status};
}

enum class Word { kValid, kInvalid, kNone };

/// A page of HTML with status 200, as servers of single-page applications answer whatever they are asked, is no word.
Word word_of(const BackendReply& reply) {
  if (reply.fault != BackendReply::Fault::kNone) return Word::kNone;
  const wire::SessionWord said = wire::session_word(reply.body);
  if (is_success(reply.status)) {
    if (!said.is_object && !reply.body.empty()) return Word::kNone;
    return said.valid.value_or(true) ? Word::kValid : Word::kInvalid;
  }
  const bool asks_for_patience = reply.status == 408 || reply.status == 425 || reply.status == 429;
  return reply.status >= 400 && reply.status <= 499 && !asks_for_patience ? Word::kInvalid : Word::kNone;
}

/// A 4xx is an answer: the session is unknown, say. These are not: they refuse the request, or ask for another.
bool is_told(const BackendReply& reply) {
  constexpr std::array kRefusals{401, 403, 408, 425, 429};
  return reply.fault == BackendReply::Fault::kNone && reply.status < 500 &&
         std::find(kRefusals.begin(), kRefusals.end(), reply.status) == kRefusals.end();
}

/// Why a client gets no answer, in one word for its program.
std::string_view reason_of(BackendReply::Fault fault) {
  switch (fault) {
    case BackendReply::Fault::kTimeout:
      return "backend_timeout";
    case BackendReply::Fault::kTooLarge:
      return "answer_too_large";
    case BackendReply::Fault::kNone:
      return "backend_answer";
    case BackendReply::Fault::kRefused:
    case BackendReply::Fault::kBroken:
    case BackendReply::Fault::kShut:
      break;
  }
  return "backend_down";
}

BackendOutcome no_answer(std::string_view reason, std::string cause, int backend_status) {
  return {500, wire::backend_error(kFailedMessage, reason), std::move(cause), backend_status};
}

}  // namespace

bool is_down(const BackendReply& reply) {
  using Fault = BackendReply::Fault;
  if (reply.fault != Fault::kNone) return reply.fault != Fault::kTooLarge && reply.fault != Fault::kShut;
  // A 500 is a request that failed, a 429 one too many, of one client; these are a server that serves nobody.
  return reply.status >= 502 && reply.status <= 504;
}

bool is_backend_session(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSessionCharacters && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), is_session_character);
}

std::string chat_of_session(const wire::BackendClient& client) {
  return base64url(sha256(client.user_id + "\n" + client.session_id));
}

BackendOutcome enter_session(const BackendArrival& arrival, BackendCalls& backend, BackendConnections& connections,
                             const BackendRules& rules) {
  if (arrival.session_id.empty()) return refused(400, "Session ID required", "no session");
  if (!is_backend_session(arrival.session_id)) return refused(400, kInvalidSession, "a malformed session id");
  // A header says who it is, and must say it as it is.
  if (!wire::is_signable_value(arrival.user_id))
    return refused(400, "Invalid user", "a user id that no header can hold");
  const wire::BackendClient client{arrival.connection_id, arrival.session_id, arrival.user_id};
  const BackendRequest request{"GET", fmt::format("/api/labs/session/{}/validate", client.session_id), "", client,
                               arrival.token};
  // Who has waited in vain for one answer does not wait for another: a client gives up at last.
  const BackendReply reply = send_again(request, backend, kAsks, [](const BackendReply& one) {
    const bool in_vain = one.fault == BackendReply::Fault::kShut || one.fault == BackendReply::Fault::kTimeout;
    return !in_vain && word_of(one) == Word::kNone;
  });
  const Word word = word_of(reply);
  if (word == Word::kInvalid) {
    const std::string error = wire::session_word(reply.body).error;
    return refused(400, error.empty() ? kInvalidSession : error, "an invalid session", reply.status);
  }
  const bool is_out = is_down(reply) || reply.fault == BackendReply::Fault::kShut;
  if (word == Word::kNone && !(rules.continue_when_down && is_out))
    return refused(503, "Session validation failed: the backend does not answer", cause_of(reply), reply.status);
  connections.put({client, arrival.connected_at_ms, arrival.connected_at_ms / 1000 + rules.connection_ttl.count()});
  return {200, wire::connected_body(client), word == Word::kNone ? "let in unasked: " + cause_of(reply) : "",
          reply.status};
}

BackendOutcome forward_frame(std::string_view frame, const std::optional<BackendConnection>& connection,
                             BackendCalls& backend) {
  if (!connection) return no_answer("no_session", "no such connection in the table", 0);
  const auto body = wire::message_for_backend(frame, connection->client);
  if (!body)
    return {400, wire::backend_error("Message must be a JSON object", "invalid_message"), "a frame that is no object",
            0};
  const BackendRequest request{"POST", "/api/ws/message", *body, connection->client, ""};
  // What may have arrived is not sent again: a command would run twice.
  const BackendReply reply = send_again(
      request, backend, 2, [](const BackendReply& one) { return one.fault == BackendReply::Fault::kRefused; });
  if (reply.fault != BackendReply::Fault::kNone) return no_answer(reason_of(reply.fault), reply.cause, reply.status);
  const bool empty = reply.body.empty() && is_success(reply.status);
  if (reply.body.size() > wire::kMaxMessageBytes)
    return no_answer("answer_too_large", "an answer beyond what a client can be sent", reply.status);
  if (empty || wire::is_json_text(reply.body))
    return {200, reply.body, is_success(reply.status) ? "" : cause_of(reply), reply.status};
  return no_answer(is_down(reply) ? "backend_down" : "backend_answer",
                   fmt::format("the backend answered {} with something other than JSON", reply.status), reply.status);
}

BackendLeft leave_session(std::string_view connection_id, BackendConnections& connections, BackendNotices& notices) {
  std::optional<BackendConnection> connection;
  try {
    connection = connections.find(connection_id);
  } catch (const Error& error) {
    wire::BackendClient unknown{std::string(connection_id), "", ""};
    notices.leave(unknown);
    return {std::move(unknown), error.what()};
  }
  if (!connection) return {};
  notices.leave(connection->client);
  connections.remove(connection->client);
  return {connection->client, ""};
}

void tell_disconnect(const wire::BackendClient& client, BackendCalls& backend) {
  const BackendRequest request{"POST", "/api/ws/disconnect", wire::disconnect_for_backend(client), client, ""};
  const BackendReply reply =
      send_again(request, backend, kNotices, [](const BackendReply& one) { return !is_told(one); });
  if (is_told(reply)) return;
  throw Error(ErrorKind::kFailure, fmt::format("cannot tell the backend that connection {} has ended: {}",
                                               client.connection_id, cause_of(reply)));
}

BackendOutcome push_frame(std::string_view connection_id, std::string_view frame, BackendConnections& connections,
                          Replies& replies) {
  if (frame.size() > wire::kMaxMessageBytes)
    return refused(413, fmt::format("a frame has at most {} bytes", wire::kMaxMessageBytes), "too large");
  if (frame.empty()) return refused(400, "the body is empty: it is what the client gets", "empty");
  if (!is_utf8(frame)) return refused(400, "the body is not UTF-8, which a text frame must be", "not UTF-8");
  if (!connections.find(connection_id)) return refused(404, "no such connection", "no such connection");
  // Whether a client may see it twice is the backend's to know, who hears of a failure.
  if (replies.post(connection_id, frame, Repeat::kVisible) == Delivery::kGone)
    return refused(410, "the connection is gone", "gone");
  return {200, R"({"success":true})", "", 0};
}

}  // namespace wsdeep::chat
