#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/error.h"
#include "net/http_message.h"

namespace wsdeep::net {

/// Why no response came. `kTimeout`, `kRefused` (nobody listens), `kBroken` (the connection ended) may be tried again
/// where the request allows it; `kTls` and `kOther` may not.
enum class TransportFault { kTimeout, kRefused, kBroken, kResolve, kTls, kTooLarge, kCancelled, kOther };

class TransportError : public Error {
 public:
  TransportError(TransportFault fault, const std::string& message, std::string hint = {})
      : Error(ErrorKind::kFailure, message, std::move(hint)), fault_(fault) {}
  TransportFault fault() const { return fault_; }

 private:
  TransportFault fault_;
};

struct HttpCall {
  std::string method = "GET";
  std::string url;
  Headers headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{3000};
  /// The whole exchange; zero means no limit, for a long poll.
  std::chrono::milliseconds timeout{10000};
  /// Ends the call (kTimeout) when nothing came for so long; zero means no limit.
  std::chrono::seconds silence_limit{0};
  std::size_t max_response_bytes = 16 << 20;  ///< of a body that is kept; `on_data` decides for itself
  /// PEM file to trust besides the system's; empty: the system's only, which SSL_CERT_FILE may name.
  std::string ca_file;
  /// The request must not arrive twice. Without it libcurl sends a request again, unasked, when a connection that was
  /// kept alive ends before the first byte of the response: kBroken then.
  bool send_once = false;
  /// HTTP/2 from the first byte on, also over http://, as gRPC does; else HTTP/1.1.
  bool http2 = false;
  std::stop_token cancel;  ///< ends the call with TransportFault::kCancelled within 100 ms
  /// When set, is told status and headers before the body comes; again, when that was a 1xx response or a proxy's.
  std::function<void(const HttpResponse&)> on_head;
  /// When set, gets the body piece by piece instead of `HttpResponse::body`; false ends the call (kCancelled).
  std::function<bool(std::string_view)> on_data;
  /// When set, and HttpStreams make the call: told when the pieces that had come are told; more may take a while.
  std::function<void()> on_pause{};
  /// After that false, how long the rest of the body may still come, unheard: when it does, the call ends well, and the
  /// connection can be used again.
  std::chrono::milliseconds drain{0};
};

}  // namespace wsdeep::net
