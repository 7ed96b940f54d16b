#include "auth/exchange/answers.h"

#include <fmt/format.h>

#include "auth/plain_page.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "base/url.h"
#include "wire/json_writer.h"

namespace wsdeep::auth::exchange {
namespace {

constexpr const char* kFooter = "Sign-in of this chat";

wire::HttpAnswer page_answer(int status, std::string html, std::string_view form_targets = {}) {
  return {status,
          {{"Content-Type", "text/html;charset=UTF-8"},
           {"Content-Security-Policy", plain_page_policy(form_targets)},
           {"X-Frame-Options", "DENY"},
           {"X-Content-Type-Options", "nosniff"},
           // Not no-referrer: a form of such a page has the origin `null`, which is nobody's.
           {"Referrer-Policy", "same-origin"},
           {"Cache-Control", "no-store"}},
          {},
          std::move(html)};
}

/// `https://app.example.com` of `https://app.example.com/path`; empty for what is no URL.
std::string origin_of(const std::string& url) {
  try {
    const Url parts = parse_url(url);
    return parts.scheme + "://" + parts.authority();
  } catch (const Error&) {
    return "";
  }
}

/// Whether the browser was told by `host` that it is at `base`.
bool is_at(const std::string& base, std::string_view host) {
  try {
    return iequals(parse_url(base).authority(), host);
  } catch (const Error&) {
    return false;
  }
}

Refusal refusal_for(PoolFault fault) {
  const auto later = [](int status, const char* code, const char* text) {
    Refusal refusal(status, code, text);
    refusal.headers.emplace_back("Retry-After", "5");
    return refusal;
  };
  switch (fault) {
    case PoolFault::kRefused:
      return {401, "refused_by_pool", "This sign-in is over: it was used before, it was ended, or it is too old."};
    case PoolFault::kClient:
      return {500, "client_not_accepted", "Signing in is not set up rightly here. Please tell whoever runs this chat."};
    case PoolFault::kUnreachable:
      return later(503, "pool_unreachable", "The sign-in service cannot be reached. Please try again in a moment.");
    case PoolFault::kSlow:
      return later(504, "pool_slow", "The sign-in service takes too long to answer. Please try again in a moment.");
    case PoolFault::kConfused:
      return later(502, "pool_confused", "The sign-in service did not answer as it should. Please try again later.");
  }
  return {500, "internal", "Something went wrong."};
}

}  // namespace

Visit visit_of(const wire::HttpEvent& event, const Config& config) {
  Visit visit{event, config.bases.front()};
  for (const std::string& base : config.bases)
    if (is_at(base, wire::header_of(event, "host"))) visit.base = base;
  visit.secure = visit.base.starts_with("https://");
  visit.wants_page = wire::header_of(event, "accept").find("text/html") != std::string_view::npos;
  return visit;
}

Refusal refusal_of(const PoolError& error) {
  Refusal refusal = refusal_for(error.fault());
  refusal.cause = error.what();
  return refusal;
}

wire::HttpAnswer json_answer(int status, std::string body) {
  return {status,
          {{"Content-Type", "application/json"}, {"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}},
          {},
          std::move(body)};
}

wire::HttpAnswer redirect_answer(int status, const std::string& url) {
  return {status, {{"Location", url}, {"Cache-Control", "no-store"}, {"Referrer-Policy", "no-referrer"}}, {}, ""};
}

wire::HttpAnswer refused(const Visit& visit, const Refusal& refusal) {
  wire::HttpAnswer answer;
  if (visit.wants_page)
    answer =
        page_answer(refusal.status(),
                    plain_page("This did not work",
                               fmt::format("<div role=\"alert\">{}</div>\n<p><a href=\"/auth/login\">Sign in</a></p>\n",
                                           html_escape(refusal.what())),
                               kFooter));
  else
    answer = json_answer(refusal.status(),
                         wire::JsonObject().add("error", refusal.code()).add("message", refusal.what()).text());
  answer.headers.insert(answer.headers.end(), refusal.headers.begin(), refusal.headers.end());
  answer.cookies = refusal.cookies;
  return answer;
}

wire::HttpAnswer sign_out_page(const Config& config, std::string_view redirect) {
  std::string targets = origin_of(config.hosted_ui_url);
  for (const std::string& url : config.logout_urls) targets += " " + origin_of(url);
  std::string form = "<form method=\"post\" action=\"/auth/logout\">\n";
  if (!redirect.empty())
    form += fmt::format("<input type=\"hidden\" name=\"redirect\" value=\"{}\">\n", html_escape(redirect));
  form += "<button type=\"submit\">Sign out</button>\n</form>\n";
  return page_answer(200, plain_page("Do you want to sign out?", form, kFooter), targets);
}

wire::HttpAnswer signed_out_page() {
  return page_answer(200, plain_page("Signed out", "<p><a href=\"/auth/login\">Sign in again</a></p>\n", kFooter));
}

}  // namespace wsdeep::auth::exchange
