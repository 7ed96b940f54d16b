#include "stack/template/backend_shape.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "stack/settings/backend_section.h"
#include "stack/template/secret_resource.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

std::optional<std::string> if_on(bool condition, std::string value) {
  return condition ? std::optional(std::move(value)) : std::nullopt;
}

std::string headers_text(const std::map<std::string, std::string>& headers) {
  std::string out;
  for (const auto& [name, value] : headers)
    out += fmt::format("{}\"{}\":\"{}\"", out.empty() ? "" : ",", json_escape(name), json_escape(value));
  return yaml_quoted("{" + out + "}");
}

/// Of a route's logical ids: of this route alone, whatever others there are and in which order. CloudFormation makes
/// what has a new id before it deletes the old one, and API Gateway refuses a route that is there. So it is the name as
/// it is where no other could be written so (`a_b` and `a-b` could, `Ab` and `ab`, and the response of `x` as
/// `responseX`), and behind all other names a few digits of their hash.
std::string route_suffix(const std::string& route) {
  constexpr std::size_t kHashDigits = 8;
  if (route == "$default") return "Default";
  const bool is_plain = route.front() >= 'a' && route.front() <= 'z' && !route.starts_with("response") &&
                        route != "default" && route.find_first_of("._-") == std::string::npos;
  return pascal_case(route) + (is_plain ? "" : hex(sha256(route)).substr(0, kHashDigits));
}

}  // namespace

bool takes_pushes(const EnvironmentSettings& settings) {
  return settings.backend && (settings.lab || !settings.backend->signing_secret.empty());
}

void shape_backend(const EnvironmentSettings& s, Shape& shape) {
  const bool on = s.backend.has_value();
  const BackendSettings backend = s.backend.value_or(BackendSettings());
  const bool secret = on && !backend.signing_secret.empty();
  const std::int64_t port = backend_port(backend);
  shape.flags["backend"] = on;
  shape.flags["backend.secret"] = shape.flags["backend.secret_named"] = secret;
  shape.flags["backend.vpc"] = on && backend.network == BackendNetwork::kVpc;
  shape.flags["backend.elsewhere"] = !s.lab;
  shape.flags["backend.other_port"] = port != 443;
  shape.flags["chat.default"] = !s.is_backends("$default");
  shape.slots["backend.url"] = if_on(on, "!Ref BackendUrl");
  shape.slots["backend.timeout_ms"] = if_on(on, "!Ref BackendTimeoutMs");
  shape.slots["backend.connect_timeout_ms"] = if_on(on, "!Ref BackendConnectTimeoutMs");
  shape.slots["backend.headers"] = if_on(on && !backend.headers.empty(), headers_text(backend.headers));
  shape.slots["backend.continue"] = if_on(on && backend.continue_when_down, "\"true\"");
  shape.slots["backend.secret"] = if_on(secret, "!Ref BackendSecret");
  shape.slots["backend.secret_arn"] = if_on(secret, secret_resource("BackendSecret", backend.signing_secret));
  shape.slots["backend.table"] = if_on(on, "!Ref BackendConnectionsTable");
  shape.slots["backend.untold"] = if_on(on, "!Ref UntoldDisconnects");
  shape.slots["backend.token_in_query"] = if_on(on, "!Ref TokenInQuery");
  shape.slots["backend.push_url"] =
      if_on(takes_pushes(s), "!Sub \"https://${HttpApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}\"");
  shape.slots["backend.port"] = std::to_string(port);
  // A client waits for its handshake, API Gateway 29 s.
  shape.slots["connect.timeout"] = on ? "29" : "10";
  if (!on) {
    shape.slots["backend.name"] = shape.slots["backend.arn"] = std::nullopt;
    return;
  }
  for (const std::string& route : backend.routes) {
    const std::string suffix = route_suffix(route);
    shape.lists["backend.routes"].push_back({{"suffix", suffix},
                                             {"item.name", yaml_quoted(route)},
                                             {"item.route", fmt::format("!Ref BackendRoute{}", suffix)}});
  }
}

}  // namespace wsdeep::stack
