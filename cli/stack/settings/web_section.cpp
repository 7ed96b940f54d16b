#include "stack/settings/web_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "stack/settings/exchange_section.h"

namespace wsdeep::stack {
namespace {

/// CloudFront takes certificates from nowhere else, wherever the rest is.
constexpr std::string_view kCloudFrontRegion = "us-east-1";
/// What the page's host has beside the stage of the WebSocket API, which is called as the environment is.
constexpr std::array<std::string_view, 5> kPathsOfPage = {"assets", "auth", "chat", "chats", "messages"};

void read_web(SectionReader& reader, WebSettings& web) {
  reader.text("domain", web.domain, kDomainName);
  reader.text("certificate", web.certificate, kCertificateArn);
  reader.text("hosted_zone", web.hosted_zone, kHostedZoneId);
  reader.require("domain", "such as chat.example.com; or write web: true for an address of CloudFront's");
  reader.require("certificate", "the ARN of its ACM certificate, in us-east-1");
}

std::string region_of_arn(std::string_view arn) {
  for (int colons = 0; colons < 3; ++colons) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

using Report = std::function<void(std::string_view path, std::string message, std::string hint, Severity severity)>;

/// A sign-in begins at the page's own /auth, whose host alone gets the cookie of one that is on its way: it has to come
/// back there.
void check_address_of_sign_in(const std::string& page, const ExchangeSettings& exchange, const Report& report) {
  if (exchange.url != page)
    return report("auth.exchange.url",
                  fmt::format("auth.exchange.url is {}, and people sign in on the page, at {}", exchange.url, page),
                  fmt::format("set auth.exchange.url to {}", page), Severity::kError);
  const std::vector<std::string>& pages = exchange.redirect_urls;
  if (!pages.empty() && std::ranges::find(pages, page + "/") == pages.end())
    report("auth.exchange.redirect_urls",
           fmt::format("who signs in on the page at {} is led to {}", page, pages.front()),
           fmt::format("list {}/ too", page), Severity::kWarning);
}

void check_sign_in(const WebSettings& web, const std::optional<ExchangeSettings>& exchange, const Report& report) {
  if (!exchange)
    return report("web", "nobody can sign in on the page: there is no auth.exchange",
                  "set it, or have another page of the same site set the cookie id_token", Severity::kWarning);
  if (exchange->url.empty()) return;  // which has been reported
  if (!web.domain.empty()) return check_address_of_sign_in("https://" + web.domain, *exchange, report);
  if (const std::string host = host_of(exchange->url); !is_within(host, "cloudfront.net"))
    report("auth.exchange.url",
           fmt::format("people sign in on the page, which has an address of CloudFront's, and not {}", host),
           fmt::format("set web.domain to {}, or auth.exchange.url to the page's address that `wsdeep status` shows",
                       host),
           Severity::kWarning);
}

}  // namespace

void read_web_section(SectionReader& reader, EnvironmentSettings& settings) {
  const YamlNode* node = reader.take("web");
  if (node == nullptr) return;
  if (!node->is_map()) {
    bool wanted = settings.web.has_value();
    reader.boolean("web", wanted);
    settings.web = wanted ? std::optional(settings.web.value_or(WebSettings())) : std::nullopt;
    return;
  }
  settings.web.emplace();
  SectionReader web(reader.context(), *node, reader.path_of("web"), reader.places());
  read_web(web, *settings.web);
  web.finish();
}

void check_web(const EnvironmentSettings& settings, const Places& places, Position environment, ReadContext& context) {
  if (!settings.web) return;
  const WebSettings& web = *settings.web;
  const Report report = [&](std::string_view path, std::string message, std::string hint, Severity severity) {
    const auto place = places.find(path);
    context.report(place != places.end() ? place->second : environment, std::move(message), std::move(hint), severity);
  };
  const std::string region = region_of_arn(web.certificate);
  if (!web.certificate.empty() && region != kCloudFrontRegion)
    report("web.certificate",
           fmt::format("the certificate is in {}, and CloudFront takes none but of us-east-1", region),
           "request or import one for web.domain in us-east-1", Severity::kError);
  if (!web.domain.empty() && settings.domain && settings.domain->name == web.domain)
    report("web.domain", fmt::format("'{}' is also domain.name, the address of the WebSocket API", web.domain),
           "give the page a name of its own: it reaches the WebSocket API under that one, too", Severity::kError);
  check_sign_in(web, settings.auth.exchange, report);
  for (const std::string_view path : kPathsOfPage)
    if (settings.name == path)
      report("web",
             fmt::format("the page has a path /{0} of its own, and the environment '{0}' needs it for the "
                         "WebSocket API",
                         path),
             "call the environment otherwise", Severity::kError);
}

}  // namespace wsdeep::stack
