#pragma once

#include <chrono>
#include <string>

#include "auth/saved_login.h"
#include "terminal/context.h"
#include "users/cognito_access.h"

namespace wsdeep::users {

struct WebSignInOptions {
  std::string redirect_uri;  ///< empty: chosen; see `sign_in_on_web`
  std::string provider;      ///< identity provider to go to at once, such as `Google`
  std::string username;      ///< to fill in; may be empty
  bool open_browser = true;  ///< false: only print the address
  std::chrono::seconds limit{300};
};

/// Sends the user's browser to the pool's sign-in page, waits on a loopback port for it to come back, and saves the
/// tokens. The redirect is `redirect_uri`, or the first loopback address among the app client's callback URLs (which
/// Cognito compares whole, port included); the local pool takes any port. SIGINT and SIGTERM end the wait.
/// Throws Error: kRefused when the pool refuses, kInterrupted, kFailure after `limit`.
auth::SavedLogin sign_in_on_web(const Target& target, Context& context, const WebSignInOptions& options);

}  // namespace wsdeep::users
