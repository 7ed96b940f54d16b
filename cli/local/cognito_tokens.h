#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "local/cognito_pool.h"
#include "local/cognito_sessions.h"
#include "local/cognito_users.h"

namespace wsdeep::local {

constexpr std::int64_t kTokenSeconds = 3600;
constexpr std::int64_t kRefreshSeconds = 30LL * 24 * 3600;

/// The claims of the two tokens of one sign-in or refresh, as JSON.
struct TokenClaimTexts {
  std::string id;
  std::string access;
};
struct TokenPair {
  std::string id;
  std::string access;
};

/// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
TokenClaimTexts make_claims(const UserPool& pool, const std::string& issuer, const User& user,
                            const std::vector<std::string>& groups, const SignInSession& session,
                            std::int64_t now_seconds);
/// Two RSA signatures, about a millisecond each: not for the event loop's thread.
TokenPair sign_claims(const UserPool& pool, const TokenClaimTexts& claims);

}  // namespace wsdeep::local
