#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "local/store/sqlite.h"
#include "net/event_loop.h"
#include "net/http_exchange.h"

namespace wsdeep::local {

struct CognitoOptions {
  std::string region = "us-east-1";
  std::string issuer_base;  ///< tokens' `iss` is this, `/` and the pool's id: `http://127.0.0.1:4566`
  /// Where the hosted UI may send a browser beside this machine itself: the app client's CallbackURLs and LogoutURLs.
  std::vector<std::string> callback_urls;
  /// Gets what would go to a phone: one line of JSON each.
  std::function<void(std::string_view)> send_message;
  /// Requests a second in each of Cognito's quota categories; 0: no limit.
  int requests_per_second = 0;
  /// Refresh tokens are rotated: one that was used is good for so much longer, 0 to 60 s. Nothing: they are not.
  std::optional<std::chrono::seconds> rotation_grace;
};

/// A Cognito user pool with its hosted UI, over SQLite, and two app clients: a public one for people, and one with a
/// secret for programs. Pool, clients and RSA keys are made at the first start and kept. User names are not
/// case-sensitive; a verified e-mail address is an alias for signing in; `custom:` attributes are accepted once the
/// pool defines them. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_Operations.html
class CognitoService {
 public:
  CognitoService(net::EventLoop& loop, Database& database, const Clock& clock, CognitoOptions options);
  ~CognitoService();
  CognitoService(const CognitoService&) = delete;
  CognitoService& operator=(const CognitoService&) = delete;

  static bool knows(std::string_view operation);
  /// Whether the real service wants SigV4 for the operation: all but those that a signed-in or signing-in user calls.
  static bool needs_signature(std::string_view operation);

  /// Whether `path` is one of the hosted UI and of its OAuth 2.0 endpoints: `/login`, `/oauth2/token`, …
  static bool serves(std::string_view path);

  /// Adds to the options' callback_urls what is known only when we listen.
  void add_callback_url(std::string url);

  /// Answers one request: to a path that `serves` names, or POST / with `X-Amz-Target:
  /// AWSCognitoIdentityProviderService.Operation`, whose signature the caller has checked. Passwords are hashed and
  /// tokens signed off the loop's thread. Does not throw: a failing database is logged and answered with 500.
  void handle(const std::shared_ptr<net::HttpExchange>& exchange);
  /// `reply` is called once, on the loop, perhaps from within this call.
  void answer(const net::HttpRequest& request, std::function<void(net::HttpResponse)> reply);

  const std::string& user_pool_id() const;
  const std::string& client_id() const;
  const std::string& service_client_id() const;
  const std::string& service_client_secret() const;
  const std::string& issuer() const;
  /// The documents at `ISSUER/.well-known/jwks.json` and `…/openid-configuration`; `base` is where the client reached
  /// us: `http://127.0.0.1:4510`.
  const std::string& jwks();
  std::string openid_configuration(const std::string& base) const;

  /// Makes new signing keys, with which tokens are signed from then on. The old ones are shown until the last token
  /// that they signed has expired. `done` gets the new kids as JSON, or what went wrong; on the loop.
  void rotate_keys(const std::function<void(std::string json, std::exception_ptr fault)>& done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wsdeep::local
