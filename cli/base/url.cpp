#include "base/url.h"

#include <fmt/format.h>

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

}  // namespace

std::string Url::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port(scheme) ? name : fmt::format("{}:{}", name, port);
}

Url parse_url(std::string_view text) {
  const auto fail = [&](std::string_view cause) -> Error {
    // Without its query, where a token may be.
    return {ErrorKind::kUsage, fmt::format("not a URL: '{}': {}", text.substr(0, text.find('?')), cause)};
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
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) throw fail("no ']' after the IPv6 address");
    url.host = authority.substr(1, end - 1);
    if (end + 1 < authority.size() && authority[end + 1] == ':') port = authority.substr(end + 2);
  } else {
    const std::size_t end = authority.rfind(':');
    url.host = authority.substr(0, end);
    if (end != std::string_view::npos) port = authority.substr(end + 1);
  }
  if (url.host.empty()) throw fail("no host");
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) throw fail("blank or control character");
  if (!port.empty()) {
    const auto number = parse_integer(port, 1, 65535);
    if (!number) throw fail("the port is not a number from 1 to 65535");
    url.port = static_cast<std::uint16_t>(*number);
  }
  return url;
}

}  // namespace wsdeep
