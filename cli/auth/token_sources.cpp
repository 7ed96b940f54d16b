#include "auth/token_sources.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "base/url.h"

namespace wsdeep::auth {
namespace {

std::optional<std::string> cookie_of(const net::Headers& headers, std::string_view name) {
  for (const auto& [header, value] : headers) {
    if (!iequals(header, "cookie")) continue;
    auto found = cookie_value(value, name);
    if (found && !found->empty()) return found;
  }
  return std::nullopt;
}

/// Both parts, or nothing: half a token is none.
std::optional<std::string> token_of_parts(const net::Headers& headers) {
  std::string token;
  for (const std::string_view name : kTokenPartCookies) {
    const auto part = cookie_of(headers, name);
    if (!part) return std::nullopt;
    token += *part;
  }
  return token;
}

/// The credentials of `Bearer …` (RFC 6750 §2.1; the scheme's case does not matter, RFC 9110 §11.1).
std::optional<std::string> bearer_token(const net::Headers& headers) {
  const std::string value = net::header(headers, "authorization").value_or("");
  const std::size_t space = value.find(' ');
  if (space == std::string::npos || !iequals(std::string_view(value).substr(0, space), "bearer")) return std::nullopt;
  const std::string_view token = trim(std::string_view(value).substr(space));
  return token.empty() ? std::nullopt : std::optional<std::string>(token);
}

struct Origin {
  std::string scheme, host;
  std::uint16_t port;
  bool operator==(const Origin&) const = default;
};

/// `scheme://host[:port]` and nothing else, not even a slash (RFC 6454 §6.2).
std::optional<Origin> parse_origin(std::string_view text) {
  if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
  if (text.find_first_of("/?#", text.find("://") + 3) != std::string_view::npos) return std::nullopt;
  try {
    const Url url = parse_url(text);
    return Origin{url.scheme, to_lower(url.host), url.port};
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> cookie_value(std::string_view cookie_header, std::string_view name) {
  for (const std::string_view part : split(cookie_header, ';')) {
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && trim(part.substr(0, equals)) == name)
      return std::string(trim(part.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string> find_own_token(const net::Headers& headers) {
  auto token = cookie_of(headers, kTokenCookie);
  return token ? token : token_of_parts(headers);
}

std::optional<std::string> find_cookie_token(const net::Headers& headers) {
  for (const std::string_view name : {"authToken", "auth"})
    if (auto token = cookie_of(headers, name)) return token;
  return find_own_token(headers);
}

std::optional<std::string> find_token(const net::Headers& headers, const net::Headers& query, bool allow_query) {
  if (auto token = find_cookie_token(headers)) return token;
  if (auto token = bearer_token(headers)) return token;
  if (!allow_query) return std::nullopt;
  // Not net::header: names in a query compare with case.
  const auto found = std::find_if(query.begin(), query.end(), [](const auto& pair) { return pair.first == "token"; });
  return found == query.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
}

bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed) {
  const auto wanted = parse_origin(origin);
  return wanted && std::any_of(allowed.begin(), allowed.end(),
                               [&](const std::string& candidate) { return parse_origin(candidate) == wanted; });
}

}  // namespace wsdeep::auth
