#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wsdeep::net {

/// Header fields in order, names as they came. Lookups compare without case.
using Headers = std::vector<std::pair<std::string, std::string>>;
std::optional<std::string> header(const Headers& headers, std::string_view name);
/// True when the field can be sent: its name is a token and its value has no control character but tab (RFC 9110 §5).
bool is_valid_field(std::string_view name, std::string_view value);

struct HttpRequest {
  std::string method;
  std::string target;  ///< path and query as sent, percent-encoding kept
  int version = 11;    ///< 10 for HTTP/1.0
  Headers headers;
  std::string body;
  std::string remote_address;  ///< the peer's IP address
  bool secure = false;         ///< came over TLS
  bool wants_websocket = false;
};

struct HttpResponse {
  int status = 200;
  Headers headers;  ///< Content-Length and Connection are the server's own business
  std::string body;
};

}  // namespace wsdeep::net
