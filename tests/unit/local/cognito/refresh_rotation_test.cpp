#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class CognitoRefreshRotation : public wsdeep::testing::CognitoFixture {
 protected:
  json renewal_request(const json& token) { return {{"ClientId", service_->client_id()}, {"RefreshToken", token}}; }
  /// The refresh token that comes for another one.
  json renew(const json& token) {
    return call("GetTokensFromRefreshToken", renewal_request(token))["AuthenticationResult"]["RefreshToken"];
  }
};

TEST_F(CognitoRefreshRotation, GivesTokensForARefreshTokenWithoutANewOneUnlessItRotatesThem) {
  create_confirmed("ann");
  const json request = renewal_request(sign_in("ann")["RefreshToken"]);
  for (int times = 0; times < 2; ++times) {
    const json renewed = call("GetTokensFromRefreshToken", request);
    EXPECT_FALSE(renewed.contains("ChallengeParameters"));
    EXPECT_TRUE(verify(renewed["AuthenticationResult"]["IdToken"]));
    EXPECT_FALSE(renewed["AuthenticationResult"].contains("RefreshToken"));
  }
  json wrong = request;
  wrong["ClientSecret"] = "guessed";
  EXPECT_THAT(fault("GetTokensFromRefreshToken", wrong), HasSubstr("NotAuthorizedException"));
  wrong = request;
  wrong["ClientId"] = service_->service_client_id();
  wrong["ClientSecret"] = service_->service_client_secret();
  EXPECT_EQ(fault("GetTokensFromRefreshToken", wrong), "NotAuthorizedException: Invalid Refresh Token");
}

TEST_F(CognitoRefreshRotation, RotatesRefreshTokensAndTakesUsedOnesUntilTheirGraceIsOver) {
  create_confirmed("ann");
  const json first = sign_in("ann")["RefreshToken"];
  rotation_grace_ = std::chrono::seconds(10);
  reopen();
  EXPECT_EQ(fault("InitiateAuth", refresh_request(first)),
            "InvalidParameterException: Auth flow not enabled for this client");
  const json second = renew(first);
  EXPECT_NE(second, first);
  clock_.advance(std::chrono::seconds(9));
  const json retried = renew(first);  // its first answer was lost
  EXPECT_NE(retried, second);
  clock_.advance(std::chrono::seconds(1));
  EXPECT_THAT(fault("GetTokensFromRefreshToken", renewal_request(first)), HasSubstr("RefreshTokenReuseException: "));
  const json third = renew(second);
  EXPECT_NE(renew(retried), third) << "whoever got one may go on with it";
  reopen();
  call("RevokeToken", {{"Token", third}, {"ClientId", service_->client_id()}});
  EXPECT_EQ(fault("GetTokensFromRefreshToken", renewal_request(third)),
            "NotAuthorizedException: Refresh Token has been revoked");
}

TEST_F(CognitoRefreshRotation, TakesARotatedTokenOnceWithoutAGracePeriodAndNoLongerThanTheSignIn) {
  rotation_grace_ = std::chrono::seconds(0);
  reopen();
  create_confirmed("ann");
  const json first = sign_in("ann")["RefreshToken"];
  const json second = renew(first);
  EXPECT_THAT(fault("GetTokensFromRefreshToken", renewal_request(first)), HasSubstr("RefreshTokenReuseException: "));
  clock_.advance(std::chrono::hours(30 * 24));
  EXPECT_EQ(fault("GetTokensFromRefreshToken", renewal_request(second)),
            "NotAuthorizedException: Refresh Token has expired");
}

TEST_F(CognitoRefreshRotation, DescribesHowItsClientRotates) {
  const auto described = [&] {
    return admin("DescribeUserPoolClient", {{"ClientId", service_->client_id()}})["UserPoolClient"];
  };
  EXPECT_EQ(described()["RefreshTokenRotation"], (json{{"Feature", "DISABLED"}}));
  EXPECT_THAT(described()["ExplicitAuthFlows"].dump(), HasSubstr("ALLOW_REFRESH_TOKEN_AUTH"));
  rotation_grace_ = std::chrono::seconds(60);
  reopen();
  EXPECT_EQ(described()["RefreshTokenRotation"], (json{{"Feature", "ENABLED"}, {"RetryGracePeriodSeconds", 60}}));
  EXPECT_THAT(described()["ExplicitAuthFlows"].dump(), Not(HasSubstr("ALLOW_REFRESH_TOKEN_AUTH")));
}

}  // namespace
}  // namespace wsdeep::local
