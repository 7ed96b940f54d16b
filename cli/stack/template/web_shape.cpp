#include "stack/template/web_shape.h"

#include <algorithm>

#include "stack/yaml_tree.h"
#include "web/page.h"

namespace wsdeep::stack {

void shape_web(const EnvironmentSettings& s, Shape& shape) {
  const bool has_domain = s.web && !s.web->domain.empty();
  const std::optional<std::string> none;
  shape.flags["web.domain"] = has_domain;
  shape.flags["web.record"] = has_domain && !s.web->hosted_zone.empty();
  shape.flags["web.http"] = std::find(shape.modules.begin(), shape.modules.end(), "http-api") != shape.modules.end();
  shape.slots["web.aliases"] = has_domain ? std::optional<std::string>("[!Ref WebDomain]") : none;
  shape.slots["web.policy"] = yaml_quoted(web::content_security_policy());
  shape.slots["web.url"] =
      has_domain ? "!Sub \"https://${WebDomain}\"" : "!Sub \"https://${WebDistribution.DomainName}\"";
  // The page connects from its own address.
  const char* const with_page = has_domain ? "!Sub \"${AllowedOrigins},https://${WebDomain}\""
                                           : "!Sub \"${AllowedOrigins},https://${WebDistribution.DomainName}\"";
  shape.slots["authorizer.origins"] = s.web ? with_page : "!Ref AllowedOrigins";
}

}  // namespace wsdeep::stack
