#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/cognito/service.h"
#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using wsdeep::testing::attribute;
using wsdeep::testing::CognitoFixture;
using wsdeep::testing::kPassword;

class CognitoMfa : public CognitoFixture {
 protected:
  void configure(const char* configuration, bool totp, bool sms = false) {
    json request = {{"MfaConfiguration", configuration}, {"SoftwareTokenMfaConfiguration", {{"Enabled", totp}}}};
    if (sms) request["SmsMfaConfiguration"] = {{"SmsAuthenticationMessage", "Code: {####}."}};
    admin("SetUserPoolMfaConfig", request);
  }

  /// Gives the user an app; its secret.
  std::string enrol(const std::string& name) {
    const std::string token = sign_in(name)["AccessToken"];
    const std::string secret = call("AssociateSoftwareToken", {{"AccessToken", token}})["SecretCode"];
    call("VerifySoftwareToken", {{"AccessToken", token}, {"UserCode", code_now(secret)}});
    call("SetUserMFAPreference",
         {{"AccessToken", token}, {"SoftwareTokenMfaSettings", {{"Enabled", true}, {"PreferredMfa", true}}}});
    return secret;
  }

  json challenge(const std::string& name) { return call("InitiateAuth", sign_in_request(name)); }

  json response(const json& challenge, const std::string& name, const json& responses) {
    json answer = {{"ClientId", service_->client_id()},
                   {"ChallengeName", challenge["ChallengeName"]},
                   {"Session", challenge["Session"]},
                   {"ChallengeResponses", {{"USERNAME", name}}}};
    answer["ChallengeResponses"].update(responses);
    return answer;
  }
};

TEST_F(CognitoMfa, IsOptionalAsInADeployedPoolUntilAnAdministratorChangesIt) {
  EXPECT_EQ(admin("GetUserPoolMfaConfig", json::object()),
            (json{{"MfaConfiguration", "OPTIONAL"}, {"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}}));
  create_confirmed("ann");
  configure("OFF", false);
  EXPECT_EQ(fault("AssociateSoftwareToken", {{"AccessToken", sign_in("ann")["AccessToken"]}}),
            "SoftwareTokenMFANotFoundException: Software Token MFA has not been enabled by the userPool");
  EXPECT_THAT(admin_fault("SetUserPoolMfaConfig", {{"MfaConfiguration", "ON"}}), HasSubstr("can't disable all MFAs"));
  EXPECT_THAT(admin_fault("SetUserPoolMfaConfig", {{"MfaConfiguration", "MAYBE"}}), HasSubstr("OFF, ON, OPTIONAL"));
  configure("OPTIONAL", true);
  reopen();
  EXPECT_EQ(admin("GetUserPoolMfaConfig", json::object())["MfaConfiguration"], "OPTIONAL");
  EXPECT_EQ(admin("DescribeUserPool", json::object())["UserPool"]["MfaConfiguration"], "OPTIONAL");
}

TEST_F(CognitoMfa, AsksForTheCodeOfAnApp) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string secret = enrol("ann");
  EXPECT_THAT(secret, MatchesRegex("[A-Z2-7]{52}"));
  const json user = admin("AdminGetUser", {{"Username", "ann"}});
  EXPECT_EQ(user["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
  EXPECT_EQ(user["UserMFASettingList"], json::array({"SOFTWARE_TOKEN_MFA"}));

  clock_.advance(std::chrono::seconds(60));
  reopen();
  const json asked = challenge("ann");
  EXPECT_EQ(asked["ChallengeName"], "SOFTWARE_TOKEN_MFA");
  EXPECT_EQ(asked["ChallengeParameters"]["USER_ID_FOR_SRP"], "ann");
  EXPECT_EQ(fault("RespondToAuthChallenge", response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", "000000"}})),
            "CodeMismatchException: Invalid code received for user");
  const json right = response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", code_now(secret)}});
  const json tokens = call("RespondToAuthChallenge", right)["AuthenticationResult"];
  EXPECT_TRUE(verify(tokens["IdToken"]));
  EXPECT_EQ(call("GetUser", {{"AccessToken", tokens["AccessToken"]}})["PreferredMfaSetting"], "SOFTWARE_TOKEN_MFA");
  EXPECT_EQ(fault("RespondToAuthChallenge", right), "NotAuthorizedException: Invalid session for the user.");
}

TEST_F(CognitoMfa, TakesACodeOnceAndOneStepOff) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string secret = enrol("ann");
  const auto attempt = [&](const std::string& code) {
    return send("RespondToAuthChallenge",
                response(challenge("ann"), "ann", {{"SOFTWARE_TOKEN_MFA_CODE", code}}).dump());
  };
  // The code that proved the secret is used up, and so are older ones.
  EXPECT_THAT(attempt(code_now(secret)).body, HasSubstr("Your software token has already been used once."));
  EXPECT_THAT(attempt(code_now(secret, -1)).body, HasSubstr("Your software token has already been used once."));
  EXPECT_EQ(attempt(code_now(secret, 1)).status, 200);
  EXPECT_THAT(attempt(code_now(secret, 1)).body, HasSubstr("Your software token has already been used once."));
  EXPECT_THAT(attempt(code_now(secret, 2)).body, HasSubstr("CodeMismatchException"));
}

TEST_F(CognitoMfa, EndsASessionAfterFiveWrongCodes) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string secret = enrol("ann");
  const json asked = challenge("ann");
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(fault("RespondToAuthChallenge", response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", "12345"}})),
                HasSubstr("CodeMismatchException"));
  EXPECT_EQ(fault("RespondToAuthChallenge", response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", code_now(secret, 1)}})),
            "NotAuthorizedException: Invalid session for the user.");
}

TEST_F(CognitoMfa, DoesNotGoOnWhenThePasswordHasChanged) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string secret = enrol("ann");
  const json asked = challenge("ann");
  admin("AdminSetUserPassword", {{"Username", "ann"}, {"Password", "Other-Horse-8"}, {"Permanent", true}});
  EXPECT_EQ(fault("RespondToAuthChallenge", response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", code_now(secret, 1)}})),
            "NotAuthorizedException: Invalid session for the user.");
}

TEST_F(CognitoMfa, SendsACodeToAPhone) {
  configure("OPTIONAL", false, true);
  create_confirmed("ann", json::array({attribute("phone_number", "+15550001234")}));
  create_confirmed("bob");
  admin("AdminSetUserMFAPreference", {{"Username", "ann"}, {"SMSMfaSettings", {{"Enabled", true}}}});
  EXPECT_THAT(admin_fault("AdminSetUserMFAPreference", {{"Username", "bob"}, {"SMSMfaSettings", {{"Enabled", true}}}}),
              HasSubstr("does not have delivery config"));
  const json asked = challenge("ann");
  EXPECT_EQ(asked["ChallengeName"], "SMS_MFA");
  EXPECT_EQ(asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], "+*******1234");
  EXPECT_EQ(asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"], "SMS");
  ASSERT_EQ(messages_.size(), 1u);
  EXPECT_EQ(messages_[0]["to"], "+15550001234");
  const std::string text = messages_[0]["message"];
  EXPECT_THAT(text, MatchesRegex("Code: [0-9]{6}\\."));
  EXPECT_THAT(fault("RespondToAuthChallenge", response(asked, "ann", {{"SMS_MFA_CODE", "x"}})),
              HasSubstr("CodeMismatchException"));
  EXPECT_TRUE(call("RespondToAuthChallenge", response(asked, "ann", {{"SMS_MFA_CODE", text.substr(6, 6)}}))
                  .contains("AuthenticationResult"));
}

TEST_F(CognitoMfa, AsksWhichFactorWhenNoneIsPreferred) {
  configure("OPTIONAL", true, true);
  create_confirmed("ann", json::array({attribute("phone_number", "+15550001234")}));
  enrol("ann");
  admin("AdminSetUserMFAPreference", {{"Username", "ann"},
                                      {"SMSMfaSettings", {{"Enabled", true}}},
                                      {"SoftwareTokenMfaSettings", {{"Enabled", true}}}});
  const json asked = challenge("ann");
  EXPECT_EQ(asked["ChallengeName"], "SELECT_MFA_TYPE");
  EXPECT_EQ(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"], R"(["SMS_MFA","SOFTWARE_TOKEN_MFA"])");
  EXPECT_THAT(fault("RespondToAuthChallenge", response(asked, "ann", {{"ANSWER", "EMAIL_OTP"}})),
              HasSubstr("InvalidParameterException"));
  EXPECT_EQ(call("RespondToAuthChallenge", response(asked, "ann", {{"ANSWER", "SMS_MFA"}}))["ChallengeName"],
            "SMS_MFA");
  EXPECT_THAT(admin_fault("AdminSetUserMFAPreference",
                          {{"Username", "ann"},
                           {"SMSMfaSettings", {{"Enabled", true}, {"PreferredMfa", true}}},
                           {"SoftwareTokenMfaSettings", {{"Enabled", true}, {"PreferredMfa", true}}}}),
              HasSubstr("Only one MFA can be set as preferred"));
}

TEST_F(CognitoMfa, LetsAUserSetAnAppUpWhereAFactorIsRequired) {
  configure("ON", true);
  create("ann");
  const json first = call("InitiateAuth", sign_in_request("ann", "Temporary-1"));
  const json asked = call("RespondToAuthChallenge", response(first, "ann", {{"NEW_PASSWORD", kPassword}}));
  EXPECT_EQ(asked["ChallengeName"], "MFA_SETUP");
  EXPECT_EQ(asked["ChallengeParameters"]["MFAS_CAN_SETUP"], R"(["SOFTWARE_TOKEN_MFA"])");
  EXPECT_THAT(fault("RespondToAuthChallenge", response(asked, "ann", json::object())),
              HasSubstr("InvalidParameterException"));
  const json given = call("AssociateSoftwareToken", {{"Session", asked["Session"]}});
  EXPECT_EQ(fault("VerifySoftwareToken", {{"Session", given["Session"]}, {"UserCode", "000000"}}),
            "EnableSoftwareTokenMFAException: Code mismatch");
  const std::string secret = given["SecretCode"];
  const json proven = call("VerifySoftwareToken", {{"Session", given["Session"]}, {"UserCode", code_now(secret)}});
  EXPECT_EQ(proven["Status"], "SUCCESS");
  json done = asked;
  done["Session"] = proven["Session"];
  EXPECT_TRUE(call("RespondToAuthChallenge", response(done, "ann", json::object())).contains("AuthenticationResult"));
  EXPECT_EQ(challenge("ann")["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

TEST_F(CognitoMfa, WantsAProvenAppBeforeItIsTurnedOn) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string token = sign_in("ann")["AccessToken"];
  EXPECT_EQ(fault("VerifySoftwareToken", {{"AccessToken", token}, {"UserCode", "123456"}}),
            "InvalidParameterException: User has not been given a software token");
  call("AssociateSoftwareToken", {{"AccessToken", token}});
  EXPECT_EQ(fault("SetUserMFAPreference", {{"AccessToken", token}, {"SoftwareTokenMfaSettings", {{"Enabled", true}}}}),
            "InvalidParameterException: User has not verified software token mfa");
  EXPECT_TRUE(sign_in("ann").contains("IdToken"));
}

TEST_F(CognitoMfa, LocksAUserOutAfterWrongCodesInWhateverSessions) {
  configure("OPTIONAL", true);
  create_confirmed("ann");
  const std::string secret = enrol("ann");
  clock_.advance(std::chrono::seconds(60));
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(
        fault("RespondToAuthChallenge", response(challenge("ann"), "ann", {{"SOFTWARE_TOKEN_MFA_CODE", "000000"}})),
        HasSubstr("CodeMismatchException"));
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")), "NotAuthorizedException: Password attempts exceeded");
  clock_.advance(std::chrono::seconds(1));
  const json asked = challenge("ann"), other = challenge("ann");
  EXPECT_THAT(fault("RespondToAuthChallenge", response(asked, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", "000000"}})),
              HasSubstr("CodeMismatchException"));
  const json right = response(other, "ann", {{"SOFTWARE_TOKEN_MFA_CODE", code_now(secret)}});
  EXPECT_EQ(fault("RespondToAuthChallenge", right), "NotAuthorizedException: Password attempts exceeded");
  clock_.advance(std::chrono::seconds(2));
  call("RespondToAuthChallenge", right);
  EXPECT_EQ(challenge("ann")["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

}  // namespace
}  // namespace wsdeep::local
