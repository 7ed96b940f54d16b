#include "base/url.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep {
namespace {

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss" || scheme == "grpcs") return 443;
  if (scheme == "grpc") return 50051;
  return 0;
}

struct Authority {
  std::string_view host;                 ///< without brackets
  std::optional<std::string_view> port;  ///< of what stands behind the colon, if there is one
};

/// Nothing when a bracket is missing or something else than a port follows it.
std::optional<Authority> split_authority(std::string_view text) {
  const bool literal = text.starts_with('[');
  const std::size_t end = literal ? text.find(']') : text.rfind(':');
  if (!literal)
    return end == std::string_view::npos ? Authority{text, {}} : Authority{text.substr(0, end), text.substr(end + 1)};
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(1, end - 1), rest = text.substr(end + 1);
  if (rest.empty()) return Authority{host, {}};
  return rest.starts_with(':') ? std::optional(Authority{host, rest.substr(1)}) : std::nullopt;
}

/// `url` as it may be shown: without its query, where a token may be, and without what stands before an `@`.
std::string without_secrets(std::string_view url) {
  url = url.substr(0, url.find('?'));
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const std::size_t scheme = url.find("://");
  const std::size_t start = scheme < at ? scheme + 3 : 0;
  return fmt::format("{}…{}", url.substr(0, start), url.substr(at));
}

}  // namespace

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string Url::authority() const {
  return port == default_port(scheme) ? bracketed(host) : fmt::format("{}:{}", bracketed(host), port);
}

std::string ListenAddress::authority() const {
  return fmt::format("{}:{}", bracketed(host), port);
}

std::optional<std::uint16_t> parse_port(std::string_view text, std::uint16_t low) {
  const auto number = parse_integer(text, low, UINT16_MAX);
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

ListenAddress parse_listen_address(std::string_view text) {
  const auto fail = [&](std::string_view cause) -> Error {
    return {ErrorKind::kUsage, fmt::format("not an address to listen on: '{}': {}", text, cause),
            "such as 127.0.0.1:50051; port 0 lets the kernel choose"};
  };
  const auto parts = split_authority(text);
  if (!parts) throw fail("the brackets of an IPv6 address do not end before the port");
  if (!parts->port) throw fail("no port");
  if (parts->host.empty()) throw fail("no host: 0.0.0.0 is every address of this machine");
  if (!text.starts_with('[') && parts->host.find(':') != std::string_view::npos)
    throw fail("an IPv6 address stands in brackets");
  const auto port = parse_port(*parts->port, 0);
  if (!port) throw fail("the port is not a number from 0 to 65535");
  return {std::string(parts->host), *port};
}

Url parse_url(std::string_view text) {
  const auto fail = [&](std::string_view cause) -> Error {
    return {ErrorKind::kUsage, fmt::format("not a URL: '{}': {}", without_secrets(text), cause)};
  };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) throw fail("no scheme such as https://");
  Url url;
  url.scheme = to_lower(text.substr(0, colon));
  url.port = default_port(url.scheme);
  if (url.port == 0) throw fail(fmt::format("unknown scheme '{}'", url.scheme));
  std::string_view rest = text.substr(colon + 3);
  const std::size_t path = rest.find_first_of("/?#");
  std::string_view authority = rest.substr(0, path);
  if (path != std::string_view::npos) {
    const std::string_view target = rest.substr(path, rest.find('#') - path);
    url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  } else {
    url.target = "/";
  }
  if (authority.find('@') != std::string_view::npos) throw fail("user and password do not belong in a URL");
  const auto parts = split_authority(authority);
  if (!parts) throw fail("the brackets of the IPv6 address do not end before the port");
  url.host = parts->host;
  if (url.host.empty()) throw fail("no host");
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) throw fail("blank or control character");
  if (parts->port && !parts->port->empty()) {
    const auto port = parse_port(*parts->port);
    if (!port) throw fail("the port is not a number from 1 to 65535");
    url.port = *port;
  }
  return url;
}

}  // namespace wsdeep
