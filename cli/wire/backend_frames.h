#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What goes between the service and a backend of somebody else's (contract §7): bodies of requests and of answers, in
/// the shapes that such backends and their clients already have.
namespace wsdeep::wire {

/// A client's connection as the backend knows it.
struct BackendClient {
  std::string connection_id;
  std::string session_id;
  std::string user_id;

  bool operator==(const BackendClient&) const = default;
};

/// The client's frame, an object, with `connectionId`, `sessionId` and `userId` set to what we know, whatever it says
/// there itself; an empty frame counts as `{}`. Nothing when it is no JSON object, or one that is nested too deeply.
std::optional<std::string> message_for_backend(std::string_view frame, const BackendClient& client);

/// `{"connectionId","sessionId","userId"}`: the body of `/api/ws/disconnect`.
std::string disconnect_for_backend(const BackendClient& client);

/// What a function says to the one that tells a backend of an end: `{"disconnected":{…}}`; it is read back, or is
/// another event. Throws Error{kFailure} for one that lacks a field.
std::string encode_notice(const BackendClient& client);
std::optional<BackendClient> parse_notice(std::string_view event);

/// A body that a client can be sent as an answer.
bool is_json_text(std::string_view text);

/// What a body says of a session that was asked for.
struct SessionWord {
  bool is_object = false;
  std::optional<bool> valid;
  std::string error;  ///< its `error`, when that is text; control characters dropped, at most 500 characters
};
SessionWord session_word(std::string_view body);

/// `{"error":ERROR}`, and with a `reason` `{"error":ERROR,"reason":REASON}`.
std::string backend_error(std::string_view error, std::string_view reason = {});
/// `{"message":"Connected","sessionId","connectionId"}`
std::string connected_body(const BackendClient& client);

}  // namespace wsdeep::wire
