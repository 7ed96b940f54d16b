#include "stack/settings/web_section.h"

#include <fmt/format.h>

#include <array>

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
  const auto report = [&](std::string_view path, std::string message, std::string hint) {
    const auto place = places.find(path);
    context.report(place != places.end() ? place->second : environment, std::move(message), std::move(hint));
  };
  const std::string region = region_of_arn(web.certificate);
  if (!web.certificate.empty() && region != kCloudFrontRegion)
    report("web.certificate",
           fmt::format("the certificate is in {}, and CloudFront takes none but of us-east-1", region),
           "request or import one for web.domain in us-east-1");
  if (!web.domain.empty() && settings.domain && settings.domain->name == web.domain)
    report("web.domain", fmt::format("'{}' is also domain.name, the address of the WebSocket API", web.domain),
           "give the page a name of its own: it reaches the WebSocket API under that one, too");
  for (const std::string_view path : kPathsOfPage)
    if (settings.name == path)
      report("web",
             fmt::format("the page has a path /{0} of its own, and the environment '{0}' needs it for the "
                         "WebSocket API",
                         path),
             "call the environment otherwise");
}

}  // namespace wsdeep::stack
