#include "local/cognito/web.h"

#include <algorithm>
#include <array>

#include "base/log.h"
#include "base/text.h"
#include "base/url.h"
#include "local/cognito/pages.h"

namespace wsdeep::local {
namespace {

constexpr std::array<std::string_view, 6> kPaths = {"/oauth2/authorize", "/oauth2/token", "/oauth2/revoke",
                                                    "/oauth2/userInfo",  "/login",        "/logout"};
constexpr std::array<std::string_view, 3> kLoopbackHosts = {"127.0.0.1", "[::1]", "localhost"};
constexpr std::size_t kMaxUrl = 1024;

net::HttpResponse web_response_to(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (const OauthFault& refusal) {
    return refusal.response();
  } catch (const PageFault& refusal) {
    return page_response(refusal.status(), error_page(refusal.what()));
  } catch (const std::exception& error) {
    log_error("cannot answer a request to the hosted UI", {{"cause", error.what()}});
    return page_response(500, error_page("Something went wrong."));
  }
}

net::HttpResponse method_not_allowed(const char* allowed) {
  net::HttpResponse response = page_response(405, error_page("This page does not know that method."));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

void route(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply) {
  const std::string_view path = path_of(request);
  const bool get = request.method == "GET", post = request.method == "POST";
  if (path == "/oauth2/token")
    return post ? exchange_token(context, limiter, request, reply) : reply(method_not_allowed("POST"));
  if (path == "/oauth2/revoke") return reply(post ? revoke_at_endpoint(context, request) : method_not_allowed("POST"));
  if (!get && !post) return reply(method_not_allowed("GET, POST"));
  if (path == "/oauth2/userInfo") return reply(user_info(context, request));
  if (path == "/login" && post) return post_login(context, limiter, request, reply);
  if (post) return reply(method_not_allowed("GET"));
  if (path == "/login") return reply(show_login(context, request));
  reply(path == "/logout" ? logout(context, request) : authorize(context, request));
}

/// `127.0.0.1`, `localhost:8080`: a loopback host, with a port or without.
bool is_loopback_authority(std::string_view authority) {
  for (const std::string_view host : kLoopbackHosts) {
    if (!authority.starts_with(host)) continue;
    const std::string_view rest = authority.substr(host.size());
    if (rest.empty() || (rest[0] == ':' && parse_port(rest.substr(1)))) return true;
  }
  return false;
}

bool is_plain(std::string_view url) {
  return url.size() <= kMaxUrl && std::all_of(url.begin(), url.end(), [](char c) {
           return c > ' ' && c < 0x7F && std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
         });
}

}  // namespace

std::string_view path_of(const net::HttpRequest& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

bool is_web_path(std::string_view path) {
  return std::find(kPaths.begin(), kPaths.end(), path) != kPaths.end();
}

void answer_web(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply) {
  try {
    route(context, limiter, request, reply);
  } catch (...) {
    reply(web_response_to(std::current_exception()));
  }
}

std::string discovery_document(const std::string& issuer, const std::string& pool_id, const std::string& base) {
  return wire::JsonObject()
      .add("issuer", issuer)
      .add("jwks_uri", base + "/" + pool_id + "/.well-known/jwks.json")
      .add("authorization_endpoint", base + "/oauth2/authorize")
      .add("token_endpoint", base + "/oauth2/token")
      .add("userinfo_endpoint", base + "/oauth2/userInfo")
      .add("revocation_endpoint", base + "/oauth2/revoke")
      .add("end_session_endpoint", base + "/logout")
      .add_json("response_types_supported", R"(["code"])")
      .add_json("grant_types_supported", R"(["authorization_code","refresh_token","client_credentials"])")
      .add_json("code_challenge_methods_supported", R"(["S256"])")
      .add_json("token_endpoint_auth_methods_supported", R"(["client_secret_basic","client_secret_post","none"])")
      .add_json("id_token_signing_alg_values_supported", R"(["RS256"])")
      .add_json("scopes_supported", R"(["openid","email","phone","profile"])")
      .add_json("subject_types_supported", R"(["public"])")
      .text();
}

const std::vector<std::string>& user_scopes() {
  static const std::vector<std::string> kScopes = {"openid", "email", "phone", "profile", kApiScope};
  return kScopes;
}

const std::vector<std::string>& service_scopes() {
  static const std::vector<std::string> kScopes = {"wsdeep/admin", "wsdeep/read"};
  return kScopes;
}

std::vector<std::string> listed_urls(const CognitoContext& context) {
  std::vector<std::string> urls = {"http://localhost/callback", "http://127.0.0.1/callback"};
  urls.insert(urls.end(), context.options.callback_urls.begin(), context.options.callback_urls.end());
  return urls;
}

/// Cognito itself compares with its list, exactly. A tool on this machine listens where it finds a free port, so here,
/// as RFC 8252 §7.3 asks, a loopback address is accepted with any port, and any path too.
bool may_redirect_to(const CognitoContext& context, std::string_view url) {
  if (!is_plain(url)) return false;
  const std::vector<std::string>& listed = context.options.callback_urls;
  if (std::find(listed.begin(), listed.end(), url) != listed.end()) return true;
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) return false;
  const std::string_view rest = url.substr(kScheme.size());
  return is_loopback_authority(rest.substr(0, rest.find_first_of("/?")));
}

net::HttpResponse OauthFault::response() const {
  wire::JsonObject body;
  body.add("error", error_);
  if (*what() != '\0') body.add("error_description", what());
  return private_json(status_, body.text(), headers_);
}

net::HttpResponse private_json(int status, std::string body, net::Headers more) {
  net::HttpResponse response{status, std::move(more), std::move(body)};
  response.headers.emplace_back("Content-Type", "application/json;charset=UTF-8");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

std::optional<WebForm> query_of(const net::HttpRequest& request) {
  const std::size_t mark = request.target.find('?');
  return WebForm::parse(mark == std::string::npos ? "" : std::string_view(request.target).substr(mark + 1));
}

std::optional<WebForm> posted_form(const net::HttpRequest& request) {
  const std::string type = net::header(request.headers, "Content-Type").value_or("");
  if (!iequals(trim(std::string_view(type).substr(0, type.find(';'))), "application/x-www-form-urlencoded"))
    return std::nullopt;
  return WebForm::parse(request.body);
}

}  // namespace wsdeep::local
