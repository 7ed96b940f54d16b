#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "local/cognito/pool.h"
#include "local/cognito/sessions.h"
#include "local/cognito/users.h"
#include "wire/json_writer.h"

namespace wsdeep::local {

constexpr std::int64_t kTokenSeconds = 3600;
constexpr std::int64_t kRefreshSeconds = 30LL * 24 * 3600;
/// The scope of tokens that the API gave, which its own operations for signed-in users want.
constexpr const char* kApiScope = "aws.cognito.signin.user.admin";

/// Whether `scope` is one of `scopes`, which have blanks between.
bool has_scope(std::string_view scopes, std::string_view scope);

/// What goes into the tokens of one sign-in or refresh.
struct TokenRequest {
  std::string issuer;
  User user;
  std::vector<std::string> groups;
  SignInSession session;
  std::string nonce;  ///< of the request that led to the sign-in; empty: none
  std::int64_t now_seconds = 0;
};

struct TokenPair {
  std::string id;  ///< empty when the scopes do not ask for one
  std::string access;
};

/// Two RSA signatures, about a millisecond each: not for the event loop's thread.
/// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
TokenPair make_tokens(const UserPool& pool, const TokenRequest& request);
/// An access token of a client's own, without a user (client_credentials).
std::string make_client_token(const UserPool& pool, const std::string& issuer, const std::string& client_id,
                              const std::string& scopes, std::int64_t now_seconds);

/// Whether a user's attribute is among what `scopes` let an app see.
bool shows_attribute(std::string_view scopes, std::string_view attribute);

}  // namespace wsdeep::local
