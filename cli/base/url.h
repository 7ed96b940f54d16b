#pragma once

#include <cstdint>
#include <optional>
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

/// `host` as it stands before a port: an IPv6 literal in its brackets.
std::string bracketed(const std::string& host);

/// A port as a person writes it, from `low` to 65535; nothing for anything else.
std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t low = 1);

/// `127.0.0.1:8080`, `localhost:0` or `[::1]:8080`: where a program listens.
struct ListenAddress {
  std::string host;  ///< without the brackets of an IPv6 literal
  std::uint16_t port = 0;

  /// `host:port`, an IPv6 literal in its brackets.
  std::string authority() const;
};
/// Throws Error{kUsage} that says what is wrong with `text`.
ListenAddress parse_listen_address(std::string_view text);

/// Accepts http, https, ws, wss, grpc and grpcs; throws Error{kUsage} with the cause for anything else.
Url parse_url(std::string_view text);

}  // namespace wsdeep
