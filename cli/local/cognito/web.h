#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "local/cognito/operations.h"
#include "local/cognito/rate.h"
#include "local/cognito/web_form.h"
#include "net/http_message.h"

/// The hosted UI of the pool and its OAuth 2.0 endpoints (RFC 6749, RFC 7636, OpenID Connect Core). Private to
/// this room.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-userpools-server-contract-reference.html
namespace wsdeep::local {

using Reply = std::function<void(net::HttpResponse)>;

std::string_view path_of(const net::HttpRequest& request);
bool is_web_path(std::string_view path);
/// `reply` is called once, on the loop, perhaps from within this call. Does not throw.
void answer_web(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply);
/// What an OpenID Connect client needs (https://openid.net/specs/openid-connect-discovery-1_0.html). The issuer is
/// Cognito's own, as the tokens name it; everything else is at `base`, where we are.
std::string discovery_document(const std::string& issuer, const std::string& pool_id, const std::string& base);

/// What people may grant an app, and what the client with a secret may ask for.
const std::vector<std::string>& user_scopes();
const std::vector<std::string>& service_scopes();
/// The app client's CallbackURLs and LogoutURLs.
std::vector<std::string> listed_urls(const CognitoContext& context);
/// Whether a browser may be sent to `url`: it is listed, or leads back to this machine.
bool may_redirect_to(const CognitoContext& context, std::string_view url);

// The endpoints. Each throws what it refuses.

net::HttpResponse authorize(CognitoContext& context, const net::HttpRequest& request);
net::HttpResponse show_login(CognitoContext& context, const net::HttpRequest& request);
void post_login(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply);
net::HttpResponse logout(CognitoContext& context, const net::HttpRequest& request);
void exchange_token(CognitoContext& context, RateLimiter& limiter, const net::HttpRequest& request, const Reply& reply);
net::HttpResponse revoke_at_endpoint(CognitoContext& context, const net::HttpRequest& request);
net::HttpResponse user_info(CognitoContext& context, const net::HttpRequest& request);

/// An answer of the OAuth endpoints that is an error (RFC 6749 §5.2).
class OauthFault : public std::runtime_error {
 public:
  OauthFault(int status, std::string error, const std::string& description, net::Headers headers = {})
      : std::runtime_error(description), status_(status), error_(std::move(error)), headers_(std::move(headers)) {}
  net::HttpResponse response() const;

 private:
  int status_;
  std::string error_;
  net::Headers headers_;
};

/// A page that says what is wrong, for a person: a request that must not lead to a redirect.
class PageFault : public std::runtime_error {
 public:
  PageFault(int status, const std::string& text) : std::runtime_error(text), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

/// JSON that no cache keeps.
net::HttpResponse private_json(int status, std::string body, net::Headers more = {});
/// The query of a request; the fields of a posted form. Nothing when malformed or not a form.
std::optional<WebForm> query_of(const net::HttpRequest& request);
std::optional<WebForm> posted_form(const net::HttpRequest& request);

}  // namespace wsdeep::local
