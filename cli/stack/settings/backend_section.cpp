#include "stack/settings/backend_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "base/url.h"

namespace wsdeep::stack {
namespace {

constexpr std::size_t kMostRoutes = 20;
constexpr std::size_t kMostOwnHeaders = 20;

/// What the functions say themselves, or HTTP does.
bool is_own_header(std::string_view name) {
  const std::string lower = to_lower(name);
  static const std::set<std::string_view> kOwn{
      "accept",  "authorization",     "connection", "content-length", "content-type", "host",       "te",
      "trailer", "transfer-encoding", "upgrade",    "x-session-id",   "x-user-id",    "x-push-url", "x-connection-id"};
  return kOwn.contains(lower) || lower.starts_with("x-wsdeep-");
}

/// The section of one environment under examination.
struct CheckedBackend {
  const EnvironmentSettings& settings;
  const BackendSettings& backend;
  const Places& places;
  Position environment;
  ReadContext& context;

  bool written(std::string_view path) const { return places.find(path) != places.end(); }
  void report(std::string_view path, std::string message, std::string hint = {},
              Severity severity = Severity::kError) const {
    const auto place = places.find(path);
    context.report(place != places.end() ? place->second : environment, std::move(message), std::move(hint), severity);
  }
};

void check_backend_url(const CheckedBackend& c) {
  if (c.backend.url.empty()) {
    if (!c.written("backend.url"))
      c.report("backend.url",
               fmt::format("'backend.url' is missing for environment '{}': where the backend is", c.settings.name));
    return;
  }
  if (!c.backend.url.starts_with("http://")) return;
  if (c.backend.network == BackendNetwork::kPublic)
    c.report("backend.url", "http:// would send the clients' tokens through the internet in clear text",
             "use https://, or network: vpc for a backend in the VPC");
  else if (is_production_name(c.settings.name))
    c.report("backend.url", "http:// sends the clients' tokens through the VPC in clear text",
             "give the backend, or the load balancer in front of it, a certificate, and use https://",
             Severity::kWarning);
}

void check_backend_routes(const CheckedBackend& c) {
  const std::vector<std::string> chat = c.settings.chat_routes();
  const std::vector<std::string>& routes = c.backend.routes;
  if (routes.empty())
    c.report("backend.routes", "a backend without a route gets no message", "leave routes out for [$default]");
  if (routes.size() > kMostRoutes)
    c.report("backend.routes", fmt::format("{} routes; at most {}", routes.size(), kMostRoutes),
             "$default takes every action that has no route of its own");
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const std::string path = fmt::format("backend.routes.{}", i);
    if (std::find(chat.begin(), chat.end(), routes[i]) != chat.end())
      c.report(path, fmt::format("'{}' is a route of the chat", routes[i]),
               "give the backend's action another name, or leave it to $default: frames that have a \"type\" and no "
               "\"action\" go there");
  }
}

void check_backend_headers(const CheckedBackend& c) {
  if (c.backend.headers.size() > kMostOwnHeaders)
    c.report("backend.headers", fmt::format("{} headers; at most {}", c.backend.headers.size(), kMostOwnHeaders));
  for (const auto& [name, value] : c.backend.headers)
    if (is_own_header(name))
      c.report("backend.headers", fmt::format("'{}' is set by wsdeep, or by HTTP itself", name), "leave it out");
}

/// Only a warning, until somebody has said it: the source document's clients are pages of another site, whose browsers
/// send no cookie of ours and cannot set a header.
void check_backend_token(const CheckedBackend& c) {
  if (c.settings.auth.token_in_query || c.written("auth.token_in_query")) return;
  c.report(
      "backend.url",
      "clients that send their token in the query, ?sessionId=…&token=…, are refused: there it is logged on the way",
      "set auth.token_in_query: true for them, or false when all of yours send a cookie or a header",
      Severity::kWarning);
}

void check_backend_network(const CheckedBackend& c) {
  if (c.backend.signing_secret.empty())
    c.report(
        "backend.url",
        "without backend.signing_secret the backend cannot know whose requests it gets, and cannot push to clients",
        "openssl rand -hex 32 | tr -d '\\n' | aws secretsmanager create-secret --name chat/backend "
        "--secret-string file:///dev/stdin, and "
        "signing_secret: chat/backend",
        Severity::kWarning);
  const bool no_way_out =
      c.settings.network.mode == NetworkMode::kNew && c.settings.network.egress == Egress::kEndpoints;
  if (c.backend.network == BackendNetwork::kVpc && no_way_out && !c.backend.signing_secret.empty())
    c.report("backend.network",
             "with egress: endpoints functions in the VPC have no way to Secrets Manager, where the signing secret is",
             "use egress: nat, or network: public");
}

}  // namespace

void read_backend(SectionReader& reader, BackendSettings& backend) {
  reader.text("url", backend.url, kBackendUrl);
  reader.texts("routes", backend.routes, kRouteKey);
  reader.integer("timeout_ms", backend.timeout_ms, 100, 28'000);
  reader.integer("connect_timeout_ms", backend.connect_timeout_ms, 100, 10'000);
  reader.map("headers", backend.headers, kHeaderName, kHeaderValue);
  reader.text("signing_secret", backend.signing_secret, kSecretName);
  reader.boolean("continue_when_down", backend.continue_when_down);
  reader.choice<BackendNetwork>("network", backend.network,
                                {{"public", BackendNetwork::kPublic}, {"vpc", BackendNetwork::kVpc}});
}

void check_backend(const EnvironmentSettings& settings, const Places& places, Position environment,
                   ReadContext& context) {
  if (!settings.backend) return;
  const CheckedBackend checked{settings, *settings.backend, places, environment, context};
  check_backend_url(checked);
  check_backend_routes(checked);
  check_backend_headers(checked);
  check_backend_token(checked);
  check_backend_network(checked);
}

std::int64_t backend_port(const BackendSettings& backend) {
  return backend.url.empty() ? 443 : parse_url(backend.url).port;
}

}  // namespace wsdeep::stack
