#pragma once

#include <string>
#include <string_view>

#include "auth/jwt.h"
#include "base/error.h"

namespace wsdeep::auth::exchange {

/// What the token endpoint gives.
struct PoolTokens {
  std::string id_token;
  std::string access_token;
  std::string refresh_token;  ///< empty: the one that was used stays good
};

enum class PoolFault {
  kRefused,      ///< the code or the refresh token is used, revoked or too old
  kClient,       ///< it does not take us for the client that we say we are
  kUnreachable,  ///< it cannot be reached, or says that it cannot answer now
  kSlow,
  kConfused,  ///< what answers is no token endpoint
};

class PoolError : public Error {
 public:
  PoolError(PoolFault fault, const std::string& message) : Error(ErrorKind::kFailure, message), fault_(fault) {}
  PoolFault fault() const { return fault_; }

 private:
  PoolFault fault_;
};

/// The user pool as the rules of the exchange see it. All throw PoolError, but `verify`.
class Pool {
 public:
  virtual ~Pool() = default;
  /// Returns when there is what `verify` needs. Comes before a code or a refresh token is used up: what they give could
  /// not be told from a forgery without, and would be lost.
  virtual void ready() = 0;
  /// The tokens of a code that the pool's page gave; once.
  virtual PoolTokens redeem(const std::string& code, const std::string& verifier, const std::string& redirect_uri) = 0;
  virtual PoolTokens renew(const std::string& refresh_token) = 0;
  /// Ends a refresh token and all that came of it.
  virtual void revoke(const std::string& refresh_token) = 0;
  /// Whether the pool signed the token for our client and it is still good; `token_use` is `id` or `access`.
  virtual TokenVerdict verify(std::string_view token, std::string_view token_use) = 0;
};

}  // namespace wsdeep::auth::exchange
