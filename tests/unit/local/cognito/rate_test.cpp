#include "local/cognito/rate.h"

#include <gtest/gtest.h>

#include <string_view>

#include "local/cognito/service.h"

namespace wsdeep::local {
namespace {

struct Row {
  std::string_view operation;
  Quota quota;
};

/// What the documentation says and one would not guess.
constexpr Row kRows[] = {
    {"AdminCreateUser", Quota::kUserCreation},
    {"ConfirmSignUp", Quota::kUserCreation},
    {"AdminSetUserPassword", Quota::kUserAccountRecovery},
    {"ChangePassword", Quota::kUserAccountRecovery},
    {"AdminAddUserToGroup", Quota::kUserUpdate},
    {"AdminRemoveUserFromGroup", Quota::kUserUpdate},
    {"AdminDeleteUser", Quota::kUserUpdate},
    {"AdminUserGlobalSignOut", Quota::kUserUpdate},
    {"GlobalSignOut", Quota::kUserUpdate},
    {"RevokeToken", Quota::kUserToken},
    {"ResendConfirmationCode", Quota::kUserResourceRead},
    {"AdminListGroupsForUser", Quota::kUserResourceRead},
    {"SetUserMFAPreference", Quota::kUserResourceUpdate},
    {"AdminSetUserMFAPreference", Quota::kUserResourceUpdate},
    {"ListUsersInGroup", Quota::kUserList},
    {"GetUserPoolMfaConfig", Quota::kUserPoolResourceRead},
    {"SetUserPoolMfaConfig", Quota::kUserPoolResourceUpdate},
    {"AddCustomAttributes", Quota::kUserPoolResourceUpdate},
    {"DescribeUserPoolClient", Quota::kUserPoolClientRead},
};

TEST(CognitoRate, CountsOperationsInTheCategoriesOfTheDocumentation) {
  for (const Row& row : kRows) {
    EXPECT_EQ(quota_of(row.operation), row.quota) << row.operation;
    EXPECT_TRUE(CognitoService::knows(row.operation)) << row.operation;
  }
}

TEST(CognitoRate, CountsANewPasswordAmongThoseOfAccounts) {
  EXPECT_EQ(quota_of("RespondToAuthChallenge", "SOFTWARE_TOKEN_MFA"), Quota::kChallengeAnswer);
  EXPECT_EQ(quota_of("RespondToAuthChallenge", "NEW_PASSWORD_REQUIRED"), Quota::kUserAccountRecovery);
  EXPECT_EQ(quota_of("AdminRespondToAuthChallenge", "NEW_PASSWORD_REQUIRED"), Quota::kUserAccountRecovery);
}

}  // namespace
}  // namespace wsdeep::local
