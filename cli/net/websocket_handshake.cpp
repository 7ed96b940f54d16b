#include "net/websocket_handshake.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/encoding.h"
#include "base/text.h"

// What Beast leaves to those who use it. As a server it takes any key and the first of two; as a client it does not
// look at what the server chose.

namespace wsdeep::net {
namespace {

constexpr std::size_t kKeyBytes = 16;
constexpr int kHttp11 = 11;

struct Fault {
  int status;
  std::string_view message;
};

constexpr Fault kNotAsked{426, "Upgrade Required"};
constexpr Fault kNoGet{405, "a WebSocket is asked for by GET"};
constexpr Fault kNoVersion{400, "Sec-WebSocket-Version is missing or there twice"};
constexpr Fault kOtherVersion{426, "Sec-WebSocket-Version must be 13"};
constexpr Fault kNoKey{400, "Sec-WebSocket-Key is missing"};
constexpr Fault kTwoKeys{400, "Sec-WebSocket-Key is there twice"};
constexpr Fault kBadKey{400, "Sec-WebSocket-Key must be 16 bytes in base64"};

std::vector<std::string_view> values_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : headers)
    if (iequals(key, name)) values.push_back(trim(value));
  return values;
}

/// The members of a list that may be spread over several fields (RFC 9110 §5.6.1).
std::vector<std::string_view> members_of(const Headers& headers, std::string_view name) {
  std::vector<std::string_view> members;
  for (const std::string_view value : values_of(headers, name))
    for (const std::string_view member : split(value, ','))
      if (!trim(member).empty()) members.push_back(trim(member));
  return members;
}

bool has_token(const Headers& headers, std::string_view name, std::string_view token) {
  const auto members = members_of(headers, name);
  return std::any_of(members.begin(), members.end(), [&](std::string_view member) { return iequals(member, token); });
}

/// HTTP/1.0 knows no upgrade, and its intermediaries pass the fields of one on unread (RFC 9110 §7.8).
bool asks_for_websocket(const HttpRequest& request) {
  return request.version >= kHttp11 && has_token(request.headers, "Upgrade", "websocket") &&
         has_token(request.headers, "Connection", "upgrade");
}

std::optional<Fault> fault_of(const HttpRequest& request) {
  if (!asks_for_websocket(request)) return kNotAsked;
  if (request.method != "GET") return kNoGet;
  const auto versions = values_of(request.headers, "Sec-WebSocket-Version");
  if (versions.size() != 1) return kNoVersion;
  if (versions[0] != "13") return kOtherVersion;
  const auto keys = values_of(request.headers, "Sec-WebSocket-Key");
  if (keys.empty()) return kNoKey;
  if (keys.size() > 1) return kTwoKeys;
  const auto bytes = from_base64(keys[0]);
  return bytes && bytes->size() == kKeyBytes ? std::nullopt : std::optional(kBadKey);
}

}  // namespace

bool is_websocket_handshake(const HttpRequest& request) {
  return !fault_of(request);
}

HttpResponse handshake_refusal(const HttpRequest& request) {
  const Fault fault = fault_of(request).value_or(kNotAsked);
  Headers headers{{"Content-Type", "application/json"}};
  if (fault.status == kNoGet.status) headers.emplace_back("Allow", "GET");
  if (fault.status == kNotAsked.status) headers.emplace_back("Upgrade", "websocket");
  headers.emplace_back("Sec-WebSocket-Version", "13");
  return {fault.status, std::move(headers), fmt::format(R"({{"message":"{}"}})", json_escape(fault.message))};
}

std::optional<std::string> unasked_in_answer(const Headers& offered, const Headers& answer) {
  if (values_of(answer, "Sec-WebSocket-Accept").size() > 1) return "Sec-WebSocket-Accept is there twice";
  for (const std::string_view extension : members_of(answer, "Sec-WebSocket-Extensions"))
    return fmt::format("it uses an extension that was not offered: '{}'", extension);
  const auto chosen = values_of(answer, "Sec-WebSocket-Protocol");
  if (chosen.size() > 1) return "Sec-WebSocket-Protocol is there twice";
  const auto protocols = members_of(offered, "Sec-WebSocket-Protocol");
  if (!chosen.empty() && std::find(protocols.begin(), protocols.end(), chosen[0]) == protocols.end())
    return fmt::format("it speaks a subprotocol that was not offered: '{}'", chosen[0]);
  return std::nullopt;
}

}  // namespace wsdeep::net
