#include <gtest/gtest.h>

#include "aws/cognito.h"
#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class CognitoAdminTest : public testing::AwsClientTest<Cognito> {
 protected:
  Cognito& cognito_ = client_;

  std::string asked() const {
    EXPECT_TRUE(is_signed());
    return AwsClientTest::asked();
  }
};

TEST_F(CognitoAdminTest, ChangesUsers) {
  const std::string key = R"({"UserPoolId":"pool","Username":"ann")";
  for (int i = 0; i < 6; ++i) server_.expect(200, "{}");
  cognito_.admin_enable_user("pool", "ann");
  EXPECT_EQ(asked(), "AdminEnableUser " + key + "}");
  cognito_.admin_disable_user("pool", "ann");
  EXPECT_EQ(asked(), "AdminDisableUser " + key + "}");
  cognito_.admin_user_global_sign_out("pool", "ann");
  EXPECT_EQ(asked(), "AdminUserGlobalSignOut " + key + "}");
  cognito_.admin_update_user_attributes("pool", "ann", {{"name", "Ann"}});
  EXPECT_EQ(asked(), "AdminUpdateUserAttributes " + key + R"(,"UserAttributes":[{"Name":"name","Value":"Ann"}]})");
  cognito_.admin_add_user_to_group("pool", "ann", "staff");
  EXPECT_EQ(asked(), "AdminAddUserToGroup " + key + R"(,"GroupName":"staff"})");
  cognito_.admin_remove_user_from_group("pool", "ann", "staff");
  EXPECT_EQ(asked(), "AdminRemoveUserFromGroup " + key + R"(,"GroupName":"staff"})");
}

TEST_F(CognitoAdminTest, CreatesAndPagesGroups) {
  server_.expect(200, R"({"Group":{"GroupName":"staff"}})");
  cognito_.create_group("pool", "staff", "who works here");
  EXPECT_EQ(asked(), R"(CreateGroup {"UserPoolId":"pool","GroupName":"staff","Description":"who works here"})");
  server_.expect(200, R"({"Groups":[{"GroupName":"a","Description":"first"},{"GroupName":"b"}],"NextToken":"t"})");
  GroupPage page = cognito_.list_groups("pool", 2, "");
  EXPECT_EQ(asked(), R"(ListGroups {"UserPoolId":"pool","Limit":2})");
  ASSERT_EQ(page.groups.size(), 2U);
  EXPECT_EQ(page.groups[0].name + " " + page.groups[0].description, "a first");
  EXPECT_EQ(page.groups[1].name + page.groups[1].description, "b");
  EXPECT_EQ(page.next, "t");
  server_.expect(200, R"({"Groups":[]})");
  page = cognito_.admin_list_groups_for_user("pool", "ann", 2, "t");
  EXPECT_EQ(asked(), R"(AdminListGroupsForUser {"UserPoolId":"pool","Username":"ann","Limit":2,"NextToken":"t"})");
  EXPECT_TRUE(page.groups.empty());
  EXPECT_EQ(page.next, "");
}

TEST_F(CognitoAdminTest, PagesTheMembersOfAGroup) {
  server_.expect(200, R"({"Users":[{"Username":"ann","UserStatus":"CONFIRMED"}],"NextToken":"t"})");
  const UserPage page = cognito_.list_users_in_group("pool", "staff", 60, "s");
  EXPECT_EQ(asked(), R"(ListUsersInGroup {"UserPoolId":"pool","GroupName":"staff","Limit":60,"NextToken":"s"})");
  ASSERT_EQ(page.users.size(), 1U);
  EXPECT_EQ(page.users[0].username, "ann");
  EXPECT_EQ(page.next, "t");
}

TEST_F(CognitoAdminTest, DescribesAPool) {
  server_.expect(200,
                 R"({"UserPool":{"Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireUppercase":true,)"
                 R"("RequireSymbols":true}},"SchemaAttributes":[{"Name":"email","Mutable":false},)"
                 R"({"Name":"custom:plan","Mutable":false},{"Name":"custom:a","Mutable":true},{"Name":"custom:b"}],)"
                 R"("UsernameAttributes":["email"],"Domain":"chat","CustomDomain":"auth.example.com"}})");
  const UserPoolDescription pool = cognito_.describe_user_pool("pool");
  EXPECT_EQ(asked(), R"(DescribeUserPool {"UserPoolId":"pool"})");
  EXPECT_EQ(pool.password_policy.minimum_length, 12);
  EXPECT_TRUE(pool.password_policy.upper);
  EXPECT_FALSE(pool.password_policy.lower);
  EXPECT_FALSE(pool.password_policy.number);
  EXPECT_TRUE(pool.password_policy.symbol);
  EXPECT_EQ(pool.fixed_attributes, std::vector<std::string>{"custom:plan"});
  EXPECT_EQ(pool.username_attributes, std::vector<std::string>{"email"});
  EXPECT_EQ(pool.domain, "chat");
  EXPECT_EQ(pool.custom_domain, "auth.example.com");
  server_.expect(200, R"({"UserPool":{}})");
  EXPECT_EQ(cognito_.describe_user_pool("pool").password_policy.minimum_length, 6);
}

TEST_F(CognitoAdminTest, DescribesAClientWithoutKeepingItsSecret) {
  server_.expect(200, R"({"UserPoolClient":{"ExplicitAuthFlows":["ALLOW_USER_SRP_AUTH"],"ClientSecret":"s",)"
                      R"("CallbackURLs":["http://localhost:8400/cb"]}})");
  const PoolClientDescription client = cognito_.describe_user_pool_client("pool", "c");
  EXPECT_EQ(asked(), R"(DescribeUserPoolClient {"UserPoolId":"pool","ClientId":"c"})");
  EXPECT_EQ(client.auth_flows, std::vector<std::string>{"ALLOW_USER_SRP_AUTH"});
  EXPECT_TRUE(client.has_secret);
  EXPECT_EQ(client.callback_urls, std::vector<std::string>{"http://localhost:8400/cb"});
}

TEST_F(CognitoAdminTest, SignsInForUsers) {
  server_.expect(200, R"({"ChallengeName":"SMS_MFA","Session":"s"})");
  EXPECT_EQ(cognito_.admin_initiate_auth("pool", "ADMIN_USER_PASSWORD_AUTH", "c", {{"USERNAME", "ann"}}).session, "s");
  EXPECT_EQ(asked(), R"(AdminInitiateAuth {"UserPoolId":"pool","AuthFlow":"ADMIN_USER_PASSWORD_AUTH",)"
                     R"("ClientId":"c","AuthParameters":{"USERNAME":"ann"}})");
  server_.expect(200, R"({"AuthenticationResult":{"IdToken":"i","AccessToken":"a","ExpiresIn":60}})");
  EXPECT_EQ(cognito_.admin_respond_to_challenge("pool", "SMS_MFA", "c", "s", {{"SMS_MFA_CODE", "1"}}).id_token, "i");
  EXPECT_EQ(asked(), R"(AdminRespondToAuthChallenge {"UserPoolId":"pool","ChallengeName":"SMS_MFA","ClientId":"c",)"
                     R"("Session":"s","ChallengeResponses":{"SMS_MFA_CODE":"1"}})");
}

}  // namespace
}  // namespace wsdeep::aws
