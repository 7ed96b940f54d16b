#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace wsdeep {

/// The scheme, host, port and target of an absolute URL. `port` is the scheme's own when the URL has none.
struct Url {
  std::string scheme;  ///< lower-case
  std::string host;    ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;
  std::string target;  ///< path and query, at least "/"

  /// `host` or `host:port`, the port left out when it is the scheme's own.
  std::string authority() const;
};

/// Accepts http, https, ws, wss, grpc and grpcs; throws Error{kUsage} with the cause for anything else.
Url parse_url(std::string_view text);

}  // namespace wsdeep
