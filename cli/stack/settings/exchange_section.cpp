#include "stack/settings/exchange_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/url.h"
#include "stack/settings/value_rules.h"

namespace wsdeep::stack {
namespace {

bool is_https_origin(std::string_view value) {
  return value.starts_with("https://") && kOrigin.holds(value);
}

const Rule kExchangeUrl{"https and a host, such as https://chat.example.com", is_https_origin};

/// The exchange of one environment under examination.
struct ExchangeChecked {
  const EnvironmentSettings& settings;
  const ExchangeSettings& exchange;
  const Places& places;
  Position environment;
  ReadContext& context;

  bool written(std::string_view key) const { return places.find(path(key)) != places.end(); }
  static std::string path(std::string_view key) {
    return key.empty() ? "auth.exchange" : fmt::format("auth.exchange.{}", key);
  }
  void report(std::string_view key, std::string message, std::string hint, Severity severity = Severity::kError) const {
    const auto place = places.find(path(key));
    context.report(place != places.end() ? place->second : environment, std::move(message), std::move(hint), severity);
  }
  /// The hosts that get the token's cookie.
  std::string site() const { return exchange.domain.empty() ? host_of(exchange.url) : exchange.domain; }
  /// Whether the web page is one of them; CloudFront's own name for it is known when it is there.
  bool has_page() const {
    return settings.web && (settings.web->domain.empty() || is_within(settings.web->domain, site()));
  }
};

void check_pool_of_exchange(const ExchangeChecked& c) {
  const AuthSettings& auth = c.settings.auth;
  if (auth.makes_pool()) {
    if (auth.hosted_ui_prefix.empty())
      c.report("", "signing in with a browser needs the hosted UI", "set auth.hosted_ui_prefix");
    for (const char* key : {"hosted_ui", "client_id", "client_secret"})
      if (c.written(key))
        c.report(key, fmt::format("'{}' is for an existing pool: a new one brings its own", key), "leave it out");
    return;
  }
  if (c.exchange.hosted_ui.empty())
    c.report("",
             fmt::format("the existing user pool '{}' needs auth.exchange.hosted_ui: where its sign-in page is",
                         auth.user_pool),
             "such as https://PREFIX.auth.REGION.amazoncognito.com");
  const std::string& client = c.exchange.client_id;
  if (!client.empty() && std::ranges::find(auth.client_ids, client) == auth.client_ids.end())
    c.report("client_id",
             fmt::format("app client '{}' is none of auth.client_ids, so its tokens are not accepted", client),
             "add it there");
}

/// https://publicsuffix.org: AWS's own names are shared by all its customers, and browsers keep no cookie for them.
void check_cookie_domain(const ExchangeChecked& c) {
  const std::string host = host_of(c.exchange.url), &domain = c.exchange.domain;
  if (is_within(domain, "amazonaws.com") || is_within(domain, "cloudfront.net"))
    c.report("domain", fmt::format("{} is AWS's: browsers keep no cookie for all of its hosts", domain),
             "give url and the WebSocket API names of your own");
  else if (!domain.empty() && !is_within(host, domain))
    c.report("domain", fmt::format("{} cannot set cookies for {}: it is not below it", host, domain),
             "set domain to the part that auth.exchange.url and domain.name end with");
}

/// A page whose host gets no cookie is not signed in.
void check_pages(const ExchangeChecked& c) {
  const std::string site = c.site();
  for (std::size_t i = 0; i < c.exchange.redirect_urls.size(); ++i)
    if (const std::string host = host_of(c.exchange.redirect_urls[i]); !is_within(host, site))
      c.report(fmt::format("redirect_urls.{}", i),
               fmt::format("{} does not get the cookies, which are for {}", host, site),
               "a page of another site cannot use this sign-in", Severity::kWarning);
  const std::vector<std::string>& origins = c.settings.allowed_origins;
  const bool served =
      std::ranges::any_of(origins, [&](const auto& origin) { return is_within(host_of(origin), site); });
  if (!origins.empty() && !served && !c.has_page())
    c.report("", fmt::format("none of allowed_origins is of {}, whose pages alone get the cookies", site),
             "add the origin of the page that people use");
}

void check_websocket_host(const ExchangeChecked& c) {
  const std::string site = c.site();
  const auto& domain = c.settings.domain;
  if (domain && is_within(domain->name, site)) return;
  if (c.has_page()) return;  // its host leads to the WebSocket API too
  c.report(c.written("domain") ? "domain" : "",
           domain
               ? fmt::format("the WebSocket API at {} does not get the cookies, which are for {}", domain->name, site)
               : fmt::format("the WebSocket API has no name below {}, so it does not get the cookies", site),
           fmt::format("set auth.exchange.domain to what auth.exchange.url and domain.name end with{}",
                       domain ? "" : ", and `domain`"),
           Severity::kWarning);
}

/// Cognito makes secrets of fifty small letters and digits, which no name is like.
bool is_cognito_secret(std::string_view value) {
  return value.size() >= 48 &&
         value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string_view::npos;
}

void read_client_secret(SectionReader& reader, ExchangeSettings& exchange) {
  const YamlNode* secret = reader.take("client_secret");
  if (secret == nullptr || !is_cognito_secret(secret->value))
    return reader.text("client_secret", exchange.client_secret, kSecretName);
  reader.context().report(secret->at, "this is the secret itself; expected the name of a Secrets Manager secret",
                          "store it in AWS Secrets Manager, and give the secret's name here");
  reader.context().secret_lines.insert(secret->at.line);
}

void check_missing(const ExchangeChecked& c) {
  if (c.exchange.url.empty() && !c.written("url"))
    c.report("", "'auth.exchange.url' is missing: where browsers reach /auth", "such as https://chat.example.com");
  if (c.exchange.redirect_urls.empty() && !c.written("redirect_urls.0"))
    c.report("", "'auth.exchange.redirect_urls' is missing: the pages that a sign-in may lead to", "");
}

/// Cognito's page keeps a session of its own, an hour long, which only its /logout ends; that leads to a listed page.
void check_logout(const ExchangeChecked& c) {
  if (!c.exchange.logout_urls.empty() || c.written("logout_urls.0")) return;
  c.report(
      "",
      "no auth.exchange.logout_urls: whoever signs out stays signed in at the pool's page, and the next sign-in asks "
      "for no password",
      "add auth.exchange.logout_urls: the pages that a sign-out may lead to", Severity::kWarning);
}

}  // namespace

void read_exchange(SectionReader& reader, ExchangeSettings& exchange) {
  reader.text("url", exchange.url, kExchangeUrl);
  reader.text("domain", exchange.domain, kDomainName);
  reader.texts("redirect_urls", exchange.redirect_urls, kCallbackUrl);
  reader.texts("logout_urls", exchange.logout_urls, kCallbackUrl);
  reader.text("hosted_ui", exchange.hosted_ui, kExchangeUrl);
  reader.text("client_id", exchange.client_id, kClientId);
  read_client_secret(reader, exchange);
}

void check_exchange(const EnvironmentSettings& settings, const Places& places, Position environment,
                    ReadContext& context) {
  if (!settings.auth.exchange) return;
  const ExchangeChecked checked{settings, *settings.auth.exchange, places, environment, context};
  check_missing(checked);
  check_pool_of_exchange(checked);
  check_logout(checked);
  if (checked.exchange.url.empty()) return;  // which has been reported
  check_cookie_domain(checked);
  check_pages(checked);
  check_websocket_host(checked);
}

bool is_within(std::string_view host, std::string_view domain) {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

std::string host_of(const std::string& url) {
  try {
    return parse_url(url).host;
  } catch (const Error&) {
    return "";
  }
}

std::string exchange_callback(const ExchangeSettings& exchange) {
  return exchange.url + "/auth/callback";
}

}  // namespace wsdeep::stack
