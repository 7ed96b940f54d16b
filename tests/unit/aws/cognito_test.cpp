#include "aws/cognito.h"

#include <gtest/gtest.h>

#include "support/aws_client_test.h"

namespace wsdeep::aws {
namespace {

class CognitoTest : public testing::AwsClientTest<Cognito> {
 protected:
  Cognito& cognito_ = client_;

  /// `Operation signed|public BODY`
  std::string asked() const {
    const net::HttpRequest request = server_.last_request();
    EXPECT_TRUE(net::header(request.headers, "X-Amz-Target")->starts_with("AWSCognitoIdentityProviderService."));
    EXPECT_EQ(net::header(request.headers, "Content-Type"), "application/x-amz-json-1.1");
    std::string text = AwsClientTest::asked();
    return text.insert(text.find(' '), is_signed() ? " signed" : " public");
  }
};

TEST_F(CognitoTest, CreatesAUser) {
  server_.expect(200, R"({"User":{"Username":"ann","Attributes":[{"Name":"sub","Value":"s-1"}],"Enabled":true,)"
                      R"("UserStatus":"FORCE_CHANGE_PASSWORD","UserCreateDate":1708326702.5,)"
                      R"("UserLastModifiedDate":1.708326703E9}})");
  const CognitoUser user = cognito_.admin_create_user("pool", {"ann", {{"email", "a@b.c"}}, "Temp1!", true});
  EXPECT_EQ(asked(), R"(AdminCreateUser signed {"UserPoolId":"pool","Username":"ann",)"
                     R"("UserAttributes":[{"Name":"email","Value":"a@b.c"}],"TemporaryPassword":"Temp1!",)"
                     R"("MessageAction":"SUPPRESS"})");
  EXPECT_EQ(user.username, "ann");
  EXPECT_EQ(user.attributes, (Attributes{{"sub", "s-1"}}));
  EXPECT_EQ(user.status, "FORCE_CHANGE_PASSWORD");
  EXPECT_EQ(user.created, 1708326702.5);
  EXPECT_EQ(user.modified, 1708326703.0);
  server_.expect(200, R"({"User":{"Username":"bob"}})");
  cognito_.admin_create_user("pool", {"bob", {}, "", false});
  EXPECT_EQ(asked(), R"(AdminCreateUser signed {"UserPoolId":"pool","Username":"bob"})");
}

TEST_F(CognitoTest, SetsPasswordsReadsAndDeletesUsers) {
  server_.expect(200, "{}");
  cognito_.admin_set_user_password("pool", "ann", "pass\"word", true);
  EXPECT_EQ(asked(), R"(AdminSetUserPassword signed {"UserPoolId":"pool","Username":"ann",)"
                     R"("Password":"pass\"word","Permanent":true})");
  server_.expect(200, R"({"Username":"ann","UserAttributes":[{"Name":"email","Value":"e"}],"Enabled":false,)"
                      R"("UserStatus":"CONFIRMED"})");
  const CognitoUser user = cognito_.admin_get_user("pool", "ann");
  EXPECT_FALSE(user.enabled);
  EXPECT_EQ(user.attributes.at("email"), "e");
  server_.expect(200, "{}");
  cognito_.admin_delete_user("pool", "ann");
  EXPECT_EQ(asked(), R"(AdminDeleteUser signed {"UserPoolId":"pool","Username":"ann"})");
}

TEST_F(CognitoTest, ListsUsersPageByPage) {
  server_.expect(200, R"({"Users":[{"Username":"a"},{"Username":"b"}],"PaginationToken":"next"})");
  const UserPage page = cognito_.list_users("pool", "email ^= \"x\"", 60, "page1");
  EXPECT_EQ(asked(), R"(ListUsers signed {"UserPoolId":"pool","Filter":"email ^= \"x\"","Limit":60,)"
                     R"("PaginationToken":"page1"})");
  EXPECT_EQ(page.users.size(), 2u);
  EXPECT_EQ(page.next, "next");
  server_.expect(200, R"({"Users":[]})");
  EXPECT_EQ(cognito_.list_users("pool", "", 0, "").next, "");
  EXPECT_EQ(asked(), R"(ListUsers signed {"UserPoolId":"pool"})");
}

TEST_F(CognitoTest, SignsInOrComesBackWithAChallenge) {
  server_.expect(200, R"({"AuthenticationResult":{"AccessToken":"A","IdToken":"I","RefreshToken":"R",)"
                      R"("ExpiresIn":3600,"TokenType":"Bearer"},"ChallengeParameters":{}})");
  const AuthResult tokens = cognito_.initiate_auth("USER_PASSWORD_AUTH", "client", {{"USERNAME", "ann"}});
  EXPECT_EQ(asked(), R"(InitiateAuth public {"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"client",)"
                     R"("AuthParameters":{"USERNAME":"ann"}})");
  EXPECT_EQ(tokens.id_token + tokens.access_token + tokens.refresh_token, "IAR");
  EXPECT_EQ(tokens.expires_in, 3600);
  EXPECT_EQ(tokens.challenge, "");
  server_.expect(200, R"({"ChallengeName":"PASSWORD_VERIFIER","Session":"s","ChallengeParameters":{"SALT":"ab"}})");
  const AuthResult challenge = cognito_.initiate_auth("USER_SRP_AUTH", "client", {{"SRP_A", "ff"}});
  EXPECT_EQ(challenge.challenge, "PASSWORD_VERIFIER");
  EXPECT_EQ(challenge.challenge_parameters.at("SALT"), "ab");
}

TEST_F(CognitoTest, AnswersAChallenge) {
  server_.expect(200, R"({"AuthenticationResult":{"AccessToken":"A","IdToken":"I","ExpiresIn":60}})");
  const AuthResult tokens =
      cognito_.respond_to_challenge("NEW_PASSWORD_REQUIRED", "client", "session", {{"NEW_PASSWORD", "p"}});
  EXPECT_EQ(asked(), R"(RespondToAuthChallenge public {"ChallengeName":"NEW_PASSWORD_REQUIRED","ClientId":"client",)"
                     R"("Session":"session","ChallengeResponses":{"NEW_PASSWORD":"p"}})");
  EXPECT_EQ(tokens.access_token, "A");
}

TEST_F(CognitoTest, ReadsSignsOutAndRevokesByToken) {
  server_.expect(200, R"({"Username":"ann","UserAttributes":[]})");
  EXPECT_EQ(cognito_.get_user("token").username, "ann");
  EXPECT_EQ(asked(), R"(GetUser public {"AccessToken":"token"})");
  server_.expect(200, "{}");
  cognito_.global_sign_out("token");
  EXPECT_EQ(asked(), R"(GlobalSignOut public {"AccessToken":"token"})");
  server_.expect(200, "");
  cognito_.revoke_token("refresh", "client", "secret");
  EXPECT_EQ(asked(), R"(RevokeToken public {"Token":"refresh","ClientId":"client","ClientSecret":"secret"})");
}

TEST_F(CognitoTest, TellsAMissingUserFromAWrongPassword) {
  server_.expect(400, R"({"__type":"UserNotFoundException","message":"User does not exist."})");
  server_.expect(400, R"({"__type":"NotAuthorizedException","message":"Incorrect username or password."})");
  for (const ErrorKind kind : {ErrorKind::kNotFound, ErrorKind::kRefused}) {
    try {
      cognito_.initiate_auth("USER_PASSWORD_AUTH", "client", {{"USERNAME", "ann"}, {"PASSWORD", "hidden-word"}});
      ADD_FAILURE() << "no error";
    } catch (const ServiceError& error) {
      EXPECT_EQ(error.kind(), kind);
      EXPECT_EQ(std::string(error.what()).find("hidden-word"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace wsdeep::aws
