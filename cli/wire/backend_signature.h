#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How a backend and the service know each other's requests: an HMAC over method, path, time, the headers that say who
/// it is, and the body, by a secret that both hold. One way to the backend (`/api/ws/message` …), the same way back
/// (`POST /push/{connectionId}`), where there are no such headers.
namespace wsdeep::wire {

inline constexpr std::string_view kTimestampHeader = "X-Wsdeep-Timestamp";
inline constexpr std::string_view kSignatureHeader = "X-Wsdeep-Signature";
/// A signature of an older or later time than that is refused, so that a request that somebody has seen is of no use to
/// him later. Within it, a repeated request is as good as the first.
inline constexpr std::int64_t kSignatureLifeSeconds = 300;
/// Those of a request to the backend that it may go by.
inline constexpr std::array<std::string_view, 5> kSignedHeaders{"authorization", "x-connection-id", "x-push-url",
                                                                "x-session-id", "x-user-id"};
/// A shorter secret can be guessed from one signed request.
inline constexpr std::size_t kSignatureSecretMinBytes = 32;

/// What a signature covers.
struct SignedRequest {
  std::string_view method;  ///< in capitals
  /// Below the base URL of the backend, or of the service, and without a query: `/api/ws/message`. Percent-decoded:
  /// what a proxy between the two does to the spelling does not matter then.
  std::string_view path;
  std::string_view body;
  std::string_view headers{};  ///< as `signed_headers` gives them; none of a push
};

/// `name:value \n` for each of kSignedHeaders that is there and not empty, in that order.
std::string signed_headers(const std::vector<std::pair<std::string, std::string>>& headers);

/// Printable ASCII characters without a blank at either end, and one at least: what every server reads as it was sent.
bool is_signable_value(std::string_view value);

/// The value of kSignatureHeader: `v2=` and the HMAC-SHA-256 of `METHOD \n PATH \n TIMESTAMP \n HEADERS \n BODY` in
/// hexadecimal digits; HEADERS is as in SignedRequest, so that an empty line stands before the body. `timestamp` is the
/// value of kTimestampHeader: seconds since 1970, in decimal digits.
std::string backend_signature(std::string_view secret, const SignedRequest& request, std::string_view timestamp);

enum class SignatureVerdict {
  kGood,
  kMissing,    ///< one of the two headers is not there
  kMalformed,  ///< a timestamp that is no number, a signature of another form
  kStale,      ///< good, or not: its time is too far from now
  kWrong,
};

/// Judges the two headers' values, "" for one that is missing. An empty `secret` makes every signature kWrong.
SignatureVerdict check_backend_signature(std::string_view secret, const SignedRequest& request,
                                         std::string_view timestamp, std::string_view signature,
                                         std::int64_t now_seconds);

/// What to tell who has sent it: `the signature's time is more than 300 s from now: set the clock`. "" for kGood.
std::string_view words_of(SignatureVerdict verdict);

}  // namespace wsdeep::wire
