#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"

namespace wsdeep::local {

/// Cognito's quota categories: the operations of one share a number of requests a second. As "Quotas in Amazon Cognito"
/// has them under "User pools API operation categories and request rate quotas", with its notes 1 and 2:
/// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations
enum class Quota {
  kUserCreation,
  kUserAuthentication,
  kChallengeAnswer,  ///< RespondToAuthChallenge: three times UserAuthentication
  kCodeExchange,     ///< the token endpoint's authorization_code: as much as UserAuthentication, beside it
  kUserAccountRecovery,
  kUserRead,
  kUserUpdate,
  kUserToken,
  kUserResourceRead,
  kUserResourceUpdate,
  kUserList,
  kUserPoolRead,
  kUserPoolUpdate,
  kUserPoolResourceRead,
  kUserPoolResourceUpdate,
  kUserPoolClientRead,
  kClientAuthentication,  ///< client_credentials
  kCount,
};
/// Of an operation; RespondToAuthChallenge counts by its challenge too.
Quota quota_of(std::string_view operation, std::string_view challenge = {});

/// A bucket of tokens for each category: it holds a second's worth, and fills evenly.
class RateLimiter {
 public:
  /// 0: everything is admitted.
  RateLimiter(const Clock& clock, int per_second);
  bool admit(Quota quota);

 private:
  struct Bucket {
    double tokens = 0;
    SteadyTime filled_at;
  };
  double rate_of(Quota quota) const;

  const Clock& clock_;
  double per_second_;
  std::array<Bucket, static_cast<std::size_t>(Quota::kCount)> buckets_;
};

}  // namespace wsdeep::local
