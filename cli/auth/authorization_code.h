#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "aws/cognito.h"
#include "net/http_client.h"

/// Signing in on the pool's own page in a browser: OAuth 2.0's authorization code grant (RFC 6749 §4.1) with PKCE
/// (RFC 7636), for a program on the user's machine (RFC 8252).
/// https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints-oauth-grants.html
namespace wsdeep::auth {

/// Ties a code to who asked for it: whoever sees the redirect has the code, but not the verifier.
struct Pkce {
  std::string verifier;
  std::string challenge;  ///< S256 of the verifier
};
Pkce make_pkce();
std::string pkce_challenge(std::string_view verifier);

struct AuthorizationRequest {
  std::string hosted_ui_url;  ///< `https://PREFIX.auth.REGION.amazoncognito.com`
  std::string client_id;
  std::string redirect_uri;
  std::string state;  ///< comes back with the redirect: tells ours from one that somebody made up
  std::string nonce;  ///< comes back in the ID token
  std::string challenge;
  std::string provider;    ///< `Google`: skips the choice of identity providers; empty: the page asks
  std::string login_hint;  ///< fills in the user's name; may be empty
};
/// What the browser is sent to: `…/oauth2/authorize?…`.
std::string authorization_url(const AuthorizationRequest& request);

/// What a redirect back to us said.
struct Redirect {
  bool ours = false;  ///< carries our state; anything else is not an answer to our request
  std::string code;   ///< empty: refused
  std::string error;  ///< why, in the page's words
};
/// `target` is the path and query of the request that the browser made.
Redirect read_redirect(std::string_view target, std::string_view state);

struct CodeExchange {
  std::string hosted_ui_url;
  std::string ca_file;
  std::string client_id;
  std::string client_secret;  ///< empty for a public client
  std::string redirect_uri;   ///< the same as in the request
  std::string code;
  std::string verifier;
  std::string nonce;
  std::stop_token cancel;
};
/// The tokens of a code. Throws Error{kRefused} when the pool refuses, or when the ID token is not an answer to our
/// request; net::TransportError when it cannot be reached.
aws::AuthResult exchange_code(net::HttpClient& http, const CodeExchange& exchange);

}  // namespace wsdeep::auth
