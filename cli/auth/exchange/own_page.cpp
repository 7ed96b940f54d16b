#include "auth/exchange/own_page.h"

#include "auth/token_sources.h"

namespace wsdeep::auth::exchange {

bool is_from_own_page(const wire::HttpEvent& event, const std::string& base, const Config& config) {
  const std::string_view site = wire::header_of(event, "sec-fetch-site"), origin = wire::header_of(event, "origin");
  if (site == "cross-site") return false;
  if (origin.empty()) return site.empty() || site == "same-origin";
  // `null`, what a sandboxed or a hidden page has, is none of them.
  return origin_allowed(origin, {base}) || origin_allowed(origin, config.allowed_origins);
}

}  // namespace wsdeep::auth::exchange
