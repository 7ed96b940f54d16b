#include "local/cognito_rate.h"

#include <algorithm>
#include <map>

namespace wsdeep::local {

Quota quota_of(std::string_view operation) {
  static const std::map<std::string_view, Quota> kQuotas = {
      {"AdminAddUserToGroup", Quota::kUserUpdate},
      {"AdminCreateUser", Quota::kUserCreation},
      {"AdminDeleteUser", Quota::kUserUpdate},
      {"AdminDisableUser", Quota::kUserUpdate},
      {"AdminEnableUser", Quota::kUserUpdate},
      {"AdminGetUser", Quota::kUserRead},
      {"AdminInitiateAuth", Quota::kUserAuthentication},
      {"AdminListGroupsForUser", Quota::kUserResourceRead},
      {"AdminRemoveUserFromGroup", Quota::kUserUpdate},
      {"AdminRespondToAuthChallenge", Quota::kChallengeAnswer},
      {"AdminSetUserMFAPreference", Quota::kUserUpdate},
      {"AdminSetUserPassword", Quota::kUserAccountRecovery},
      {"AdminUpdateUserAttributes", Quota::kUserUpdate},
      {"AdminUserGlobalSignOut", Quota::kUserToken},
      {"AssociateSoftwareToken", Quota::kUserResourceUpdate},
      {"ChangePassword", Quota::kUserAccountRecovery},
      {"CreateGroup", Quota::kUserPoolResourceUpdate},
      {"DeleteGroup", Quota::kUserPoolResourceUpdate},
      {"DescribeResourceServer", Quota::kUserPoolResourceRead},
      {"DescribeUserPool", Quota::kUserPoolRead},
      {"DescribeUserPoolClient", Quota::kUserPoolClientRead},
      {"GetGroup", Quota::kUserPoolResourceRead},
      {"GetUser", Quota::kUserRead},
      {"GetUserPoolMfaConfig", Quota::kUserPoolResourceRead},
      {"GlobalSignOut", Quota::kUserToken},
      {"InitiateAuth", Quota::kUserAuthentication},
      {"ListGroups", Quota::kUserPoolResourceRead},
      {"ListResourceServers", Quota::kUserPoolResourceRead},
      {"ListUserPoolClients", Quota::kUserPoolClientRead},
      {"ListUserPools", Quota::kUserPoolRead},
      {"ListUsers", Quota::kUserList},
      {"ListUsersInGroup", Quota::kUserList},
      {"RespondToAuthChallenge", Quota::kChallengeAnswer},
      {"RevokeToken", Quota::kUserToken},
      {"SetUserMFAPreference", Quota::kUserUpdate},
      {"SetUserPoolMfaConfig", Quota::kUserPoolUpdate},
      {"VerifySoftwareToken", Quota::kUserResourceUpdate},
  };
  const auto found = kQuotas.find(operation);
  return found == kQuotas.end() ? Quota::kUserPoolUpdate : found->second;
}

RateLimiter::RateLimiter(const Clock& clock, int per_second) : clock_(clock), per_second_(per_second) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] = {rate_of(static_cast<Quota>(i)), clock.steady_now()};
}

double RateLimiter::rate_of(Quota quota) const {
  return quota == Quota::kChallengeAnswer ? 3 * per_second_ : per_second_;
}

bool RateLimiter::admit(Quota quota) {
  if (per_second_ == 0) return true;
  Bucket& bucket = buckets_[static_cast<std::size_t>(quota)];
  const SteadyTime now = clock_.steady_now();
  const double seconds = std::chrono::duration<double>(now - bucket.filled_at).count();
  bucket.tokens = std::min(rate_of(quota), bucket.tokens + seconds * rate_of(quota));
  bucket.filled_at = now;
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace wsdeep::local
