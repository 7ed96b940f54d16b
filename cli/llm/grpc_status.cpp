#include "llm/grpc_status.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "base/printable.h"
#include "base/text.h"
#include "base/utf8.h"

// A status does not say who made it. The peer's own comes with the peer's words; where the peer broke a rule, or is no
// gRPC server at all, gRPC makes one of its own, whose code says little (UNKNOWN for a web page, UNAVAILABLE for one of
// HTTP/1.1) and whose words alone tell the case. They are looked for here, as gRPC 1.51 writes them; the table of
// tests/integration/raw_http2_test.py shows when another version writes others.

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMaxCauseBytes = 300;
constexpr std::chrono::milliseconds kCoarseness{10};  // of gRPC's time, which it looks up now and then
constexpr std::string_view kGoAway = "GOAWAY received";
constexpr std::string_view kRefusedStream = "RST_STREAM with error code 7";
constexpr std::string_view kNotSent = "Transport closed";  // before the call began (chttp2's perform_stream_op_locked)
constexpr std::string_view kHttpStatus = "Received http2 header with status: ";
constexpr std::string_view kNotConnected = "failed to connect to all addresses";
constexpr const char* kNotConnectedInTime = "failed to connect to all addresses; last error: Timeout occurred";
constexpr std::string_view kIsThisGrpc = ": is this a gRPC server?";

struct Wording {
  std::string_view theirs;
  std::string_view ours;
};

/// Of an answer. The first that is found counts.
constexpr std::array<Wording, 2> kNoGrpcAnswer{{
    {"No status received", "it answered without a grpc-status"},
    {"Stream removed", "its answer broke off before a grpc-status"},
}};
/// Of a connection that HTTP/2 did not begin on.
constexpr std::array<Wording, 7> kNoGrpcConnection{{
    {"http1.x server", "it speaks HTTP/1.1"},
    {"last error: OK", "it speaks HTTP/1.1"},
    {"Failed parsing HTTP/2", "what it speaks is not HTTP/2"},
    {"before receiving SETTINGS", "it took the connection and did not begin HTTP/2"},
    {"wrong version number", "it does not speak TLS"},
    {"Socket closed", "it closed the connection before HTTP/2 began"},
    {"Connection reset", "it reset the connection before HTTP/2 began"},
}};
/// Of TLS. A look at the server says more (client/explain.cpp).
constexpr std::array<Wording, 5> kNoTls{{
    {"Handshake read failed", "it took the connection and did not begin TLS"},
    {"certificate verify failed", "the server's certificate is refused"},
    {"is not in peer certificate", "the server's certificate is for another name"},
    {"missing selected ALPN", "it speaks TLS, but not HTTP/2 on it"},
    {"Ssl handshake failed", "TLS does not begin"},
}};
/// Of no connection at all.
constexpr std::array<Wording, 5> kNoConnection{{
    {"Connection refused", "connection refused: nobody listens there"},
    {"handshaker shutdown", "no connection came about in time"},
    {"Timeout occurred", "no connection came about in time"},
    {"Network is unreachable", "the network is unreachable"},
    {"No route to host", "there is no route to the host"},
}};
/// Of a connection that had begun well: it is gone.
constexpr std::array<std::string_view, 5> kLostConnection{
    {"Socket closed", kNotSent, "keepalive watchdog timeout", "Connection timed out", "Endpoint read failed"}};
/// Which system call meets a reset, and so what gRPC writes of it, is chance.
constexpr std::array<std::string_view, 2> kResetConnection{{"Connection reset by peer", "Broken pipe"}};
/// Of a stream on one.
constexpr std::array<std::string_view, 4> kBrokenStream{
    {"RST_STREAM", "Stream removed", kGoAway, "Failed parsing HTTP/2"}};
constexpr std::string_view kUnresolved = "DNS resolution failed for ";

std::string_view name_of(grpc::StatusCode code) {
  static constexpr std::array<std::string_view, 17> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : "UNKNOWN";
}

bool says(const grpc::Status& status, std::string_view words) {
  return status.error_message().find(words) != std::string::npos;
}

template <std::size_t Count>
bool says_any(const grpc::Status& status, const std::array<std::string_view, Count>& wordings) {
  return std::any_of(wordings.begin(), wordings.end(), [&](std::string_view words) { return says(status, words); });
}

bool is_reset_connection(const grpc::Status& status) {
  return says_any(status, kResetConnection);
}

bool is_lost_connection(const grpc::Status& status) {
  return says_any(status, kLostConnection) || is_reset_connection(status);
}

/// gRPC gives a stream that the peer reset, or whose connection went away, one of several codes, and tells the case in
/// words alone (chttp2's frame_rst_stream.cc and surface/call.cc).
bool is_broken(const grpc::Status& status) {
  return is_lost_connection(status) || says_any(status, kBrokenStream);
}

template <std::size_t Count>
std::optional<std::string> find_wording(const std::array<Wording, Count>& wordings, const grpc::Status& status,
                                        std::string_view end = kIsThisGrpc) {
  for (const Wording& wording : wordings)
    if (says(status, wording.theirs)) return std::string(wording.ours) + std::string(end);
  return std::nullopt;
}

/// At most kMaxCauseBytes, without a cut character at the end.
std::string bounded(const std::string& words) {
  if (words.size() <= kMaxCauseBytes) return words;
  return std::string(utf8_cut(words, kMaxCauseBytes)) + "…";
}

/// `DNS resolution failed for host:1: C-ares status is not ARES_SUCCESS … : Domain name not found`
std::string words_for_unresolved(const std::string& words) {
  const std::size_t reason = words.rfind(": ");
  return "the host name does not resolve: " + to_lower(printable(bounded(words.substr(reason + 2))));
}

std::optional<std::string> words_for_no_connection(const grpc::Status& status) {
  if (auto words = find_wording(kNoGrpcConnection, status)) return words;
  if (auto words = find_wording(kNoTls, status, "")) return words;
  return find_wording(kNoConnection, status, "");
}

/// What came, when it was no gRPC.
std::optional<std::string> words_for_no_grpc(const grpc::Status& status) {
  const std::string& words = status.error_message();
  if (words.starts_with(kNotConnected)) return words_for_no_connection(status);
  if (words.starts_with(kUnresolved)) return words_for_unresolved(words);
  if (words.starts_with(kHttpStatus))
    return "it answered HTTP " + printable(words.substr(kHttpStatus.size(), 3)) + std::string(kIsThisGrpc);
  if (words == "No message returned for unary request") return "its answer holds no message that can be read";
  return find_wording(kNoGrpcAnswer, status);
}

}  // namespace

grpc::Status without_own_reset(const grpc::Status& status, SteadyTime connect_end) {
  const bool may_be_own =
      status.error_message().starts_with(kNotConnected) && says(status, "remote host: Connection reset");
  if (!may_be_own || std::chrono::steady_clock::now() < connect_end - kCoarseness) return status;
  return {status.error_code(), kNotConnectedInTime};
}

LlmFault to_fault(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return LlmFault::kUnavailable;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return LlmFault::kOverloaded;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return LlmFault::kTimeout;
    case grpc::StatusCode::CANCELLED:
      return LlmFault::kCancelled;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return LlmFault::kInvalid;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return LlmFault::kMisconfigured;
    case grpc::StatusCode::DATA_LOSS:
      return LlmFault::kCutOff;
    default:
      return is_broken(status) ? LlmFault::kUnavailable : LlmFault::kInternal;
  }
}

grpc::Status to_status(LlmFault fault, const std::string& cause) {
  const std::string words = is_utf8(cause) ? cause : printable_lines(cause);
  switch (fault) {
    case LlmFault::kUnavailable:
      return {grpc::StatusCode::UNAVAILABLE, words};
    case LlmFault::kOverloaded:
      return {grpc::StatusCode::RESOURCE_EXHAUSTED, words};
    case LlmFault::kTimeout:
      return {grpc::StatusCode::DEADLINE_EXCEEDED, words};
    case LlmFault::kCancelled:
      return {grpc::StatusCode::CANCELLED, words};
    case LlmFault::kInvalid:
      return {grpc::StatusCode::INVALID_ARGUMENT, words};
    case LlmFault::kMisconfigured:
      return {grpc::StatusCode::FAILED_PRECONDITION, words};
    case LlmFault::kCutOff:
      return {grpc::StatusCode::DATA_LOSS, words};
    case LlmFault::kInternal:
      break;
  }
  return {grpc::StatusCode::INTERNAL, words};
}

std::string describe(const grpc::Status& status) {
  if (auto words = words_for_no_grpc(status)) return *std::move(words);
  const std::string words =
      is_reset_connection(status) ? "the server reset the connection" : printable(bounded(status.error_message()));
  return std::string(name_of(status.error_code())) + (words.empty() ? "" : ": " + words);
}

int http_version_of(const grpc::Status& status) {
  const std::string& words = status.error_message();
  if (words.starts_with(kNotConnected)) return says(status, "http1.x server") || says(status, "last error: OK") ? 1 : 0;
  return words.starts_with(kHttpStatus) || find_wording(kNoGrpcAnswer, status) ? 2 : 0;
}

LlmBreak break_of(const grpc::Status& status) {
  const std::string& words = status.error_message();
  if (words.starts_with(kUnresolved)) return LlmBreak::kNoConnection;
  if (words.starts_with(kHttpStatus)) return LlmBreak::kHttpStatus;
  if (words.starts_with(kNotConnected)) {
    if (find_wording(kNoGrpcConnection, status)) return LlmBreak::kNoGrpc;
    return find_wording(kNoTls, status) ? LlmBreak::kNoTls : LlmBreak::kNoConnection;
  }
  if (says(status, kRefusedStream)) return LlmBreak::kNone;  // the server's word: it has no room
  if (is_lost_connection(status)) return LlmBreak::kLost;
  if (says_any(status, kBrokenStream)) return LlmBreak::kStreamBroke;
  return find_wording(kNoGrpcAnswer, status) ? LlmBreak::kNoGrpc : LlmBreak::kNone;
}

int http_status_of(const grpc::Status& status) {
  const std::string words = status.error_message();
  if (!words.starts_with(kHttpStatus)) return 0;
  return static_cast<int>(parse_integer(words.substr(kHttpStatus.size(), 3), 0, 999).value_or(0));
}

bool began_no_grpc(const grpc::Status& status) {
  return status.error_message().starts_with(kNotConnected) && !find_wording(kNoConnection, status);
}

bool was_not_processed(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNAVAILABLE &&
         (says(status, kGoAway) || says(status, kRefusedStream) || says(status, kNotSent));
}

}  // namespace wsdeep::llm
