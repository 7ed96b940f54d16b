#include "local/cognito/rate.h"

#include <algorithm>
#include <map>

namespace wsdeep::local {

/// A new password is a matter of accounts, whoever asks for it.
Quota quota_of(std::string_view operation, std::string_view challenge) {
  if (challenge == "NEW_PASSWORD_REQUIRED") return Quota::kUserAccountRecovery;
  static const std::map<std::string_view, Quota> kQuotas = {
      {"AddCustomAttributes", Quota::kUserPoolResourceUpdate},
      {"AdminAddUserToGroup", Quota::kUserUpdate},
      {"AdminConfirmSignUp", Quota::kUserCreation},
      {"AdminCreateUser", Quota::kUserCreation},
      {"AdminDeleteUser", Quota::kUserUpdate},
      {"AdminDeleteUserAttributes", Quota::kUserUpdate},
      {"AdminDisableUser", Quota::kUserUpdate},
      {"AdminEnableUser", Quota::kUserUpdate},
      {"AdminGetUser", Quota::kUserRead},
      {"AdminInitiateAuth", Quota::kUserAuthentication},
      {"AdminListGroupsForUser", Quota::kUserResourceRead},
      {"AdminRemoveUserFromGroup", Quota::kUserUpdate},
      {"AdminResetUserPassword", Quota::kUserAccountRecovery},
      {"AdminRespondToAuthChallenge", Quota::kChallengeAnswer},
      {"AdminSetUserMFAPreference", Quota::kUserResourceUpdate},
      {"AdminSetUserPassword", Quota::kUserAccountRecovery},
      {"AdminUpdateUserAttributes", Quota::kUserUpdate},
      {"AdminUserGlobalSignOut", Quota::kUserUpdate},
      {"AssociateSoftwareToken", Quota::kUserResourceUpdate},
      {"ChangePassword", Quota::kUserAccountRecovery},
      {"ConfirmForgotPassword", Quota::kUserAccountRecovery},
      {"ConfirmSignUp", Quota::kUserCreation},
      {"CreateGroup", Quota::kUserPoolResourceUpdate},
      {"DeleteGroup", Quota::kUserPoolResourceUpdate},
      {"DeleteUser", Quota::kUserUpdate},
      {"DeleteUserAttributes", Quota::kUserUpdate},
      {"DescribeResourceServer", Quota::kUserPoolResourceRead},
      {"DescribeUserPool", Quota::kUserPoolRead},
      {"DescribeUserPoolClient", Quota::kUserPoolClientRead},
      {"ForgotPassword", Quota::kUserAccountRecovery},
      {"GetGroup", Quota::kUserPoolResourceRead},
      {"GetTokensFromRefreshToken", Quota::kUserAuthentication},
      {"GetUser", Quota::kUserRead},
      {"GetUserAttributeVerificationCode", Quota::kUserResourceRead},
      {"GetUserPoolMfaConfig", Quota::kUserPoolResourceRead},
      {"GlobalSignOut", Quota::kUserUpdate},
      {"InitiateAuth", Quota::kUserAuthentication},
      {"ListGroups", Quota::kUserPoolResourceRead},
      {"ListResourceServers", Quota::kUserPoolResourceRead},
      {"ListUserPoolClients", Quota::kUserPoolClientRead},
      {"ListUserPools", Quota::kUserPoolRead},
      {"ListUsers", Quota::kUserList},
      {"ListUsersInGroup", Quota::kUserList},
      {"ResendConfirmationCode", Quota::kUserResourceRead},
      {"RespondToAuthChallenge", Quota::kChallengeAnswer},
      {"RevokeToken", Quota::kUserToken},
      {"SetUserMFAPreference", Quota::kUserResourceUpdate},
      {"SetUserPoolMfaConfig", Quota::kUserPoolResourceUpdate},
      {"SignUp", Quota::kUserCreation},
      {"UpdateUserAttributes", Quota::kUserUpdate},
      {"VerifySoftwareToken", Quota::kUserResourceUpdate},
      {"VerifyUserAttribute", Quota::kUserUpdate},
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
