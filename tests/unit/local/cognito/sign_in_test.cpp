#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/srp.h"
#include "local/cognito/service.h"
#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using wsdeep::testing::attribute;
using wsdeep::testing::CognitoFixture;
using wsdeep::testing::kPassword;
using wsdeep::testing::value_of;

class CognitoSignIn : public CognitoFixture {};

TEST_F(CognitoSignIn, SignsInWithTokensThatSayWhatCognitosSay) {
  create_confirmed("ann", json::array({attribute("email", "ann@example.com"), attribute("email_verified", "true")}));
  admin("CreateGroup", {{"GroupName", "testers"}});
  admin("AdminAddUserToGroup", {{"Username", "ann"}, {"GroupName", "testers"}});
  const json tokens = sign_in("ann");
  EXPECT_EQ(tokens["ExpiresIn"], 3600);
  EXPECT_EQ(tokens["TokenType"], "Bearer");

  const auth::TokenVerdict id = verify(tokens["IdToken"]), access = verify(tokens["AccessToken"]);
  ASSERT_EQ(id.fault, auth::TokenFault::kNone);
  ASSERT_EQ(access.fault, auth::TokenFault::kNone);
  EXPECT_NE(id.kid, access.kid);

  json id_claims = json::parse(id.claims.json), access_claims = json::parse(access.claims.json);
  EXPECT_EQ(id_claims["origin_jti"], access_claims["origin_jti"]);
  EXPECT_EQ(id_claims["event_id"], access_claims["event_id"]);
  EXPECT_NE(id_claims["jti"], access_claims["jti"]);
  for (json* claims : {&id_claims, &access_claims})
    for (const char* random : {"origin_jti", "event_id", "jti"}) EXPECT_EQ(claims->erase(random), 1u) << random;
  const std::string sub = value_of(admin("AdminGetUser", {{"Username", "ann"}})["UserAttributes"], "sub");
  const json common = {{"sub", sub},
                       {"cognito:groups", {"testers"}},
                       {"iss", service_->issuer()},
                       {"auth_time", 1'700'000'000},
                       {"iat", 1'700'000'000},
                       {"exp", 1'700'003'600}};
  json expected_id = common, expected_access = common;
  expected_id.update({{"aud", service_->client_id()},
                      {"token_use", "id"},
                      {"cognito:username", "ann"},
                      {"email", "ann@example.com"},
                      {"email_verified", true}});
  expected_access.update({{"client_id", service_->client_id()},
                          {"token_use", "access"},
                          {"username", "ann"},
                          {"scope", "aws.cognito.signin.user.admin"}});
  EXPECT_EQ(id_claims, expected_id);
  EXPECT_EQ(access_claims, expected_access);
}

TEST_F(CognitoSignIn, SignsInByNameInAnyCaseAndByVerifiedEmail) {
  create_confirmed("Ann", json::array({attribute("email", "ann@example.com"), attribute("email_verified", "true")}));
  create_confirmed("bob", json::array({attribute("email", "bob@example.com")}));
  EXPECT_EQ(verify(sign_in("aNN")["IdToken"]).claims.username, "Ann");
  EXPECT_EQ(verify(sign_in("ANN@example.com")["IdToken"]).claims.username, "Ann");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("bob@example.com")),
            "NotAuthorizedException: Incorrect username or password.");
}

TEST_F(CognitoSignIn, DoesNotTellWhetherAUserExists) {
  create_confirmed("ann");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Wrong-Horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("nobody", "Wrong-Horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
}

TEST_F(CognitoSignIn, ShowsTheSameSaltForAMissingUserEveryTime) {
  const auto salt = [&](const char* name) {
    return call("InitiateAuth",
                {{"AuthFlow", "USER_SRP_AUTH"},
                 {"ClientId", service_->client_id()},
                 {"AuthParameters", {{"USERNAME", name}, {"SRP_A", "abcdef"}}}})["ChallengeParameters"]["SALT"];
  };
  const json before = salt("nobody");
  EXPECT_NE(salt("someone"), before);
  reopen();
  EXPECT_EQ(salt("Nobody"), before);
}

TEST_F(CognitoSignIn, RefusesWrongClientsAndFlows) {
  json request = sign_in_request("ann");
  request["ClientId"] = "other";
  EXPECT_EQ(fault("InitiateAuth", request), "ResourceNotFoundException: User pool client other does not exist.");
  request = sign_in_request("ann");
  request["AuthFlow"] = "ADMIN_USER_PASSWORD_AUTH";
  EXPECT_EQ(fault("InitiateAuth", request), "InvalidParameterException: Initiate Auth method not supported.");
  request["AuthFlow"] = "FOO";
  EXPECT_THAT(fault("InitiateAuth", request), HasSubstr("Value 'FOO' at 'authFlow' failed to satisfy constraint"));
  request = sign_in_request("ann");
  request["AuthParameters"].erase("PASSWORD");
  EXPECT_EQ(fault("InitiateAuth", request), "InvalidParameterException: Missing required parameter PASSWORD");
}

TEST_F(CognitoSignIn, LetsAdministratorsSignUsersIn) {
  create_confirmed("ann");
  json request = sign_in_request("ann");
  request["AuthFlow"] = "ADMIN_USER_PASSWORD_AUTH";
  EXPECT_TRUE(verify(admin("AdminInitiateAuth", request)["AuthenticationResult"]["AccessToken"]));
}

TEST_F(CognitoSignIn, AsksForANewPasswordAndTakesIt) {
  create("ann");
  const json challenge = call("InitiateAuth", sign_in_request("ann", "Temporary-1"));
  EXPECT_EQ(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
  EXPECT_EQ(challenge["ChallengeParameters"]["USER_ID_FOR_SRP"], "ann");

  json response = {
      {"ClientId", service_->client_id()},
      {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
      {"Session", challenge["Session"]},
      {"ChallengeResponses", {{"USERNAME", "ann"}, {"NEW_PASSWORD", "weak"}, {"userAttributes.given_name", "Ann"}}}};
  EXPECT_THAT(fault("RespondToAuthChallenge", response), HasSubstr("InvalidPasswordException"));
  response["ChallengeResponses"]["NEW_PASSWORD"] = kPassword;
  EXPECT_TRUE(verify(call("RespondToAuthChallenge", response)["AuthenticationResult"]["IdToken"]));
  EXPECT_EQ(fault("RespondToAuthChallenge", response), "NotAuthorizedException: Invalid session for the user.");

  const json user = admin("AdminGetUser", {{"Username", "ann"}});
  EXPECT_EQ(user["UserStatus"], "CONFIRMED");
  EXPECT_EQ(value_of(user["UserAttributes"], "given_name"), "Ann");
  EXPECT_TRUE(sign_in("ann").contains("IdToken"));
}

TEST_F(CognitoSignIn, ForgetsAChallengeAfterThreeMinutes) {
  create("ann");
  const json challenge = call("InitiateAuth", sign_in_request("ann", "Temporary-1"));
  clock_.advance(std::chrono::seconds(181));
  EXPECT_EQ(
      fault("RespondToAuthChallenge", {{"ClientId", service_->client_id()},
                                       {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                                       {"Session", challenge["Session"]},
                                       {"ChallengeResponses", {{"USERNAME", "ann"}, {"NEW_PASSWORD", kPassword}}}}),
      "NotAuthorizedException: Invalid session for the user.");
}

TEST_F(CognitoSignIn, DoesNotTakeAnotherUsersChallenge) {
  create("ann");
  create("bob");
  const json challenge = call("InitiateAuth", sign_in_request("ann", "Temporary-1"));
  EXPECT_EQ(
      fault("RespondToAuthChallenge", {{"ClientId", service_->client_id()},
                                       {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                                       {"Session", challenge["Session"]},
                                       {"ChallengeResponses", {{"USERNAME", "bob"}, {"NEW_PASSWORD", kPassword}}}}),
      "NotAuthorizedException: Invalid session for the user.");
}

TEST_F(CognitoSignIn, LetsATemporaryPasswordExpireAfterAWeek) {
  create("ann");
  clock_.advance(std::chrono::hours(7 * 24 + 1));
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Temporary-1")),
            "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.");
}

TEST_F(CognitoSignIn, SignsInWithoutThePasswordLeavingTheClient) {
  create_confirmed("Ann");
  const auto attempt = [&](const std::string& name, const char* password) {
    const auth::srp::Client client(service_->user_pool_id());
    const json challenge =
        call("InitiateAuth", {{"AuthFlow", "USER_SRP_AUTH"},
                              {"ClientId", service_->client_id()},
                              {"AuthParameters", {{"USERNAME", name}, {"SRP_A", client.public_hex()}}}});
    EXPECT_EQ(challenge["ChallengeName"], "PASSWORD_VERIFIER");
    const json& shown = challenge["ChallengeParameters"];
    const std::string timestamp = cognito_timestamp(clock_.now());
    const std::string signature = client.answer(
        {shown["USER_ID_FOR_SRP"], shown["SALT"], shown["SRP_B"], shown["SECRET_BLOCK"]}, password, timestamp);
    return json{{"ClientId", service_->client_id()},
                {"ChallengeName", "PASSWORD_VERIFIER"},
                {"Session", challenge["Session"]},
                {"ChallengeResponses",
                 {{"USERNAME", shown["USER_ID_FOR_SRP"]},
                  {"TIMESTAMP", timestamp},
                  {"PASSWORD_CLAIM_SIGNATURE", signature},
                  {"PASSWORD_CLAIM_SECRET_BLOCK", shown["SECRET_BLOCK"]}}}};
  };
  const json right = attempt("ann", kPassword);
  EXPECT_EQ(verify(call("RespondToAuthChallenge", right)["AuthenticationResult"]["IdToken"]).claims.username, "Ann");
  EXPECT_EQ(fault("RespondToAuthChallenge", right), "NotAuthorizedException: Invalid session for the user.");
  for (const json& wrong : {attempt("ann", "Wrong-Horse-7"), attempt("nobody", kPassword)})
    EXPECT_EQ(fault("RespondToAuthChallenge", wrong), "NotAuthorizedException: Incorrect username or password.");
}

TEST_F(CognitoSignIn, RefusesAnSrpValueThatNeedsNoPassword) {
  create_confirmed("ann");
  EXPECT_EQ(fault("InitiateAuth", {{"AuthFlow", "USER_SRP_AUTH"},
                                   {"ClientId", service_->client_id()},
                                   {"AuthParameters", {{"USERNAME", "ann"}, {"SRP_A", "0"}}}}),
            "InvalidParameterException: Incorrect SRP_A value.");
}

TEST_F(CognitoSignIn, RefreshesTokensAndKeepsTheirOrigin) {
  create_confirmed("ann");
  const json first = sign_in("ann");
  clock_.advance(std::chrono::hours(2));
  const json second = call("InitiateAuth", refresh_request(first["RefreshToken"]))["AuthenticationResult"];
  EXPECT_FALSE(second.contains("RefreshToken"));
  const json before = json::parse(auth::read_token(first["AccessToken"].get<std::string>())->claims.json);
  const auth::TokenVerdict after = verify(second["AccessToken"]);
  ASSERT_TRUE(after);
  const json claims = json::parse(after.claims.json);
  EXPECT_EQ(claims["origin_jti"], before["origin_jti"]);
  EXPECT_EQ(claims["auth_time"], before["auth_time"]);
  EXPECT_EQ(claims["iat"].get<std::int64_t>(), before["iat"].get<std::int64_t>() + 7200);
}

TEST_F(CognitoSignIn, KeepsUsersAndSessionsAcrossRestarts) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  reopen();
  EXPECT_TRUE(verify(tokens["IdToken"]));
  EXPECT_TRUE(call("InitiateAuth", refresh_request(tokens["RefreshToken"])).contains("AuthenticationResult"));
}

TEST_F(CognitoSignIn, RefusesRefreshTokensThatAreUnknownRevokedOrExpired) {
  create_confirmed("ann");
  EXPECT_EQ(fault("InitiateAuth", refresh_request("nonsense")), "NotAuthorizedException: Invalid Refresh Token");
  const json revoked = sign_in("ann"), expired = sign_in("ann");
  call("RevokeToken", {{"Token", revoked["RefreshToken"]}, {"ClientId", service_->client_id()}});
  EXPECT_EQ(fault("InitiateAuth", refresh_request(revoked["RefreshToken"])),
            "NotAuthorizedException: Refresh Token has been revoked");
  clock_.advance(std::chrono::hours(30 * 24));
  EXPECT_EQ(fault("InitiateAuth", refresh_request(expired["RefreshToken"])),
            "NotAuthorizedException: Refresh Token has expired");
}

TEST_F(CognitoSignIn, ShowsASignedInUserUntilTheTokenIsExpiredOrRevoked) {
  create_confirmed("ann", json::array({attribute("email", "ann@example.com")}));
  const json tokens = sign_in("ann"), other = sign_in("ann");
  const json user = call("GetUser", {{"AccessToken", tokens["AccessToken"]}});
  EXPECT_EQ(user["Username"], "ann");
  EXPECT_EQ(value_of(user["UserAttributes"], "email"), "ann@example.com");
  EXPECT_EQ(fault("GetUser", {{"AccessToken", tokens["IdToken"]}}), "NotAuthorizedException: Invalid Access Token");
  EXPECT_EQ(fault("GetUser", {{"AccessToken", "a.b.c"}}), "NotAuthorizedException: Invalid Access Token");

  call("RevokeToken", {{"Token", tokens["RefreshToken"]}, {"ClientId", service_->client_id()}});
  EXPECT_EQ(fault("GetUser", {{"AccessToken", tokens["AccessToken"]}}),
            "NotAuthorizedException: Access Token has been revoked");
  call("GetUser", {{"AccessToken", other["AccessToken"]}});
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(fault("GetUser", {{"AccessToken", other["AccessToken"]}}),
            "NotAuthorizedException: Access Token has expired");
}

TEST_F(CognitoSignIn, SignsOutEverywhere) {
  create_confirmed("ann");
  const json one = sign_in("ann"), two = sign_in("ann");
  call("GlobalSignOut", {{"AccessToken", one["AccessToken"]}});
  EXPECT_EQ(fault("GetUser", {{"AccessToken", two["AccessToken"]}}),
            "NotAuthorizedException: Access Token has been revoked");
  EXPECT_EQ(fault("InitiateAuth", refresh_request(two["RefreshToken"])),
            "NotAuthorizedException: Refresh Token has been revoked");
}

TEST_F(CognitoSignIn, RefusesToRevokeWhatIsNotARefreshToken) {
  create_confirmed("ann");
  EXPECT_THAT(fault("RevokeToken", {{"Token", sign_in("ann")["AccessToken"]}, {"ClientId", service_->client_id()}}),
              HasSubstr("UnsupportedTokenTypeException"));
  call("RevokeToken", {{"Token", "unknown"}, {"ClientId", service_->client_id()}});
}

TEST_F(CognitoSignIn, ChangesAPasswordOnlyForWhoKnowsTheOldOne) {
  create_confirmed("ann");
  json request = {{"AccessToken", sign_in("ann")["AccessToken"]},
                  {"PreviousPassword", "Wrong-Horse-7"},
                  {"ProposedPassword", "Other-Horse-8"}};
  EXPECT_EQ(fault("ChangePassword", request), "NotAuthorizedException: Incorrect username or password.");
  request["PreviousPassword"] = kPassword;
  call("ChangePassword", request);
  EXPECT_TRUE(sign_in("ann", "Other-Horse-8").contains("IdToken"));
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")), "NotAuthorizedException: Incorrect username or password.");
}

}  // namespace
}  // namespace wsdeep::local
