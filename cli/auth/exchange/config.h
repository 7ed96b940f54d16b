#pragma once

#include <string>
#include <vector>

namespace wsdeep::auth::exchange {

/// What the settings say of signing in with a browser.
struct Config {
  /// Where browsers reach `/auth`: `https://chat.example.com`. The first stands for the others where a request came by
  /// a name that is none of them, as it does behind CloudFront.
  std::vector<std::string> bases;
  std::string hosted_ui_url;  ///< `https://PREFIX.auth.REGION.amazoncognito.com`
  std::string client_id;
  std::string cookie_domain;                 ///< of the token's cookie; empty: the host that set it, and no other
  std::vector<std::string> redirect_urls;    ///< pages that a sign-in may lead to, exactly; at least one
  std::vector<std::string> logout_urls;      ///< pages that a sign-out may lead to, exactly
  std::vector<std::string> allowed_origins;  ///< of pages that may call us, beside the bases
};

}  // namespace wsdeep::auth::exchange
