#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/cognito/service.h"
#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using wsdeep::testing::attribute;
using wsdeep::testing::CognitoFixture;
using wsdeep::testing::kPassword;
using wsdeep::testing::value_of;

constexpr const char* kWrongCode = "CodeMismatchException: Invalid verification code provided, please try again.";
constexpr const char* kNoCode = "ExpiredCodeException: Invalid code provided, please request a code again.";
constexpr const char* kTooOften = "LimitExceededException: Attempt limit exceeded, please try after some time.";

class CognitoSignUp : public CognitoFixture {
 protected:
  json request(const std::string& name, json more = json::object()) {
    more.update({{"ClientId", service_->client_id()}, {"Username", name}});
    return more;
  }
  json sign_up(const std::string& name, const std::string& email) {
    return call("SignUp", request(name, {{"Password", kPassword},
                                         {"UserAttributes", json::array({attribute("email", email.c_str())})}}));
  }
  void register_person(const std::string& name, const std::string& email) {
    sign_up(name, email);
    call("ConfirmSignUp", request(name, {{"ConfirmationCode", last_code()}}));
  }
  /// Six digits of the last message.
  std::string last_code() {
    const std::string text = messages_.back()["message"];
    return text.substr(text.find_first_of("0123456789"), 6);
  }
  /// Some other code.
  std::string other_code() { return last_code() == "123456" ? "654321" : "123456"; }
  json user(const std::string& name) { return admin("AdminGetUser", {{"Username", name}}); }
  std::string email_verified(const std::string& name) {
    return value_of(user(name)["UserAttributes"], "email_verified");
  }
};

TEST_F(CognitoSignUp, RegistersAPersonWhoProvesTheAddress) {
  const json made = sign_up("ann", "ann@example.com");
  EXPECT_EQ(made["UserConfirmed"], false);
  EXPECT_EQ(made["UserSub"], value_of(user("ann")["UserAttributes"], "sub"));
  EXPECT_EQ(made["CodeDeliveryDetails"],
            (json{{"AttributeName", "email"}, {"DeliveryMedium", "EMAIL"}, {"Destination", "a***@e***"}}));
  ASSERT_EQ(messages_.size(), 1U);
  EXPECT_EQ(messages_[0]["to"], "ann@example.com");
  EXPECT_EQ(messages_[0]["medium"], "EMAIL");
  EXPECT_THAT(messages_[0]["message"].get<std::string>(), MatchesRegex("Your confirmation code is [0-9]{6}\\."));
  EXPECT_EQ(user("ann")["UserStatus"], "UNCONFIRMED");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")), "UserNotConfirmedException: User is not confirmed.");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Wrong-horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
  EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", other_code()}})), kWrongCode);
  call("ConfirmSignUp", request("ann", {{"ConfirmationCode", last_code()}}));
  EXPECT_EQ(email_verified("ann"), "true");
  sign_in("ann");
  sign_in("ann@example.com");
  EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", last_code()}})),
            "NotAuthorizedException: User cannot be confirmed. Current status is CONFIRMED");
  EXPECT_EQ(fault("ResendConfirmationCode", request("ann")), "InvalidParameterException: User is already confirmed.");
}

TEST_F(CognitoSignUp, RefusesNamesPasswordsAndAttributesThatCannotBe) {
  sign_up("ann", "ann@example.com");
  EXPECT_EQ(fault("SignUp", request("Ann", {{"Password", kPassword}})), "UsernameExistsException: User already exists");
  EXPECT_THAT(fault("SignUp", request("bob", {{"Password", "short"}})), HasSubstr("InvalidPasswordException"));
  EXPECT_THAT(fault("SignUp", request("b b", {{"Password", kPassword}})), HasSubstr("'username'"));
  const json forged = json::array({attribute("email_verified", "true")});
  EXPECT_EQ(fault("SignUp", request("bob", {{"Password", kPassword}, {"UserAttributes", forged}})),
            "NotAuthorizedException: A client attempted to write unauthorized attribute");
  EXPECT_THAT(fault("SignUp", {{"ClientId", "unknown"}, {"Username", "bob"}, {"Password", kPassword}}),
              HasSubstr("ResourceNotFoundException"));
  const json secretive = {{"ClientId", service_->service_client_id()}, {"Username", "bob"}, {"Password", kPassword}};
  EXPECT_THAT(fault("SignUp", secretive), HasSubstr("SECRET_HASH was not received"));
  json hashed = secretive;
  hashed["SecretHash"] = secret_hash("bob");
  EXPECT_FALSE(call("SignUp", hashed).contains("CodeDeliveryDetails")) << "there is nowhere to send a code to";
  admin("AdminConfirmSignUp", {{"Username", "bob"}});
  sign_in("bob");
}

TEST_F(CognitoSignUp, SendsACodeAgainAndForgetsItAfterADay) {
  sign_up("ann", "ann@example.com");
  const std::string first = last_code();
  EXPECT_EQ(call("ResendConfirmationCode", request("ann"))["CodeDeliveryDetails"]["Destination"], "a***@e***");
  if (first != last_code()) {
    EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", first}})), kWrongCode);
  }
  clock_.advance(hours(24));
  EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", last_code()}})), kNoCode);
  for (int i = 0; i < 5; ++i) call("ResendConfirmationCode", request("ann"));
  EXPECT_EQ(fault("ResendConfirmationCode", request("ann")), kTooOften);
  for (int i = 0; i < 14; ++i)
    EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", other_code()}})), kWrongCode);
  EXPECT_EQ(fault("ConfirmSignUp", request("ann", {{"ConfirmationCode", last_code()}})), kTooOften);
  clock_.advance(hours(1));
  call("ConfirmSignUp", request("ann", {{"ConfirmationCode", last_code()}}));
}

TEST_F(CognitoSignUp, GivesAnAddressToOneUserOnly) {
  register_person("ann", "shared@example.com");
  sign_up("bob", "shared@example.com");
  EXPECT_EQ(fault("ConfirmSignUp", request("bob", {{"ConfirmationCode", last_code()}})),
            "AliasExistsException: An account with the email already exists.");
  EXPECT_EQ(user("bob")["UserStatus"], "UNCONFIRMED");
  call("ConfirmSignUp", request("bob", {{"ConfirmationCode", last_code()}, {"ForceAliasCreation", true}}));
  EXPECT_EQ(email_verified("ann"), "false");
  EXPECT_EQ(email_verified("bob"), "true");
}

TEST_F(CognitoSignUp, DoesNotTellWhoExists) {
  const json answer = call("ForgotPassword", request("nobody"));
  EXPECT_THAT(answer["CodeDeliveryDetails"]["Destination"].get<std::string>(), MatchesRegex("[a-z]\\*+@[a-z]\\*+"));
  EXPECT_EQ(call("ForgotPassword", request("Nobody")), answer);
  EXPECT_EQ(call("ResendConfirmationCode", request("nobody")), answer);
  EXPECT_EQ(
      fault("ConfirmForgotPassword", request("nobody", {{"ConfirmationCode", "123456"}, {"Password", kPassword}})),
      kWrongCode);
  EXPECT_EQ(fault("ConfirmSignUp", request("nobody", {{"ConfirmationCode", "123456"}})), kNoCode);
  create_confirmed("plain");
  call("ForgotPassword", request("plain"));
  EXPECT_TRUE(messages_.empty()) << "an address that is not verified gets nothing";
}

TEST_F(CognitoSignUp, ReplacesAPasswordThatWasForgotten) {
  register_person("ann", "ann@example.com");
  EXPECT_EQ(call("ForgotPassword", request("ann@example.com"))["CodeDeliveryDetails"]["Destination"], "a***@e***");
  EXPECT_THAT(messages_.back()["message"].get<std::string>(), MatchesRegex("Your password reset code is [0-9]{6}\\."));
  const auto confirm = [&](const std::string& code, const char* password = "Another-horse-8") {
    return request("ann", {{"ConfirmationCode", code}, {"Password", password}});
  };
  EXPECT_EQ(fault("ConfirmForgotPassword", confirm(other_code())), kWrongCode);
  EXPECT_THAT(fault("ConfirmForgotPassword", confirm(last_code(), "weak")), HasSubstr("InvalidPasswordException"));
  sign_in("ann");  // the old one holds until then
  call("ConfirmForgotPassword", confirm(last_code()));
  sign_in("ann", "Another-horse-8");
  EXPECT_EQ(fault("ConfirmForgotPassword", confirm(last_code())), kNoCode) << "a code is good once";
  call("ForgotPassword", request("ann"));
  clock_.advance(hours(1));
  EXPECT_EQ(fault("ConfirmForgotPassword", confirm(last_code())), kNoCode);
  for (int i = 0; i < 9; ++i) call("ForgotPassword", request("ann"));
  EXPECT_EQ(fault("ForgotPassword", request("ann")), kTooOften);
}

TEST_F(CognitoSignUp, AsksForANewPasswordWhereAnAdministratorVoidedTheOldOne) {
  register_person("ann", "ann@example.com");
  const std::string refresh = sign_in("ann")["RefreshToken"];
  admin("AdminResetUserPassword", {{"Username", "ann"}});
  EXPECT_EQ(user("ann")["UserStatus"], "RESET_REQUIRED");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")),
            "PasswordResetRequiredException: Password reset required for the user");
  EXPECT_THAT(fault("InitiateAuth", refresh_request(refresh)), HasSubstr("NotAuthorizedException"));
  call("ConfirmForgotPassword", request("ann", {{"ConfirmationCode", last_code()}, {"Password", "Another-horse-8"}}));
  sign_in("ann", "Another-horse-8");
  create_confirmed("bob");
  EXPECT_THAT(admin_fault("AdminResetUserPassword", {{"Username", "bob"}}), HasSubstr("no registered/verified email"));
}

TEST_F(CognitoSignUp, LetsUsersChangeTheirOwnAccounts) {
  register_person("ann", "ann@example.com");
  const std::string token = sign_in("ann")["AccessToken"];
  const json changes = json::array({attribute("name", "Ann"), attribute("email", "new@example.org")});
  const json changed = call("UpdateUserAttributes", {{"AccessToken", token}, {"UserAttributes", changes}});
  EXPECT_EQ(changed["CodeDeliveryDetailsList"][0]["Destination"], "n***@e***");
  EXPECT_EQ(email_verified("ann"), "false");
  const json forged = json::array({attribute("email_verified", "true")});
  EXPECT_THAT(fault("UpdateUserAttributes", {{"AccessToken", token}, {"UserAttributes", forged}}),
              HasSubstr("unauthorized attribute"));
  const auto verify = [&](const std::string& code) {
    return json{{"AccessToken", token}, {"AttributeName", "email"}, {"Code", code}};
  };
  EXPECT_EQ(fault("VerifyUserAttribute", verify(other_code())), kWrongCode);
  call("GetUserAttributeVerificationCode", {{"AccessToken", token}, {"AttributeName", "email"}});
  call("VerifyUserAttribute", verify(last_code()));
  EXPECT_EQ(email_verified("ann"), "true");
  EXPECT_THAT(fault("GetUserAttributeVerificationCode", {{"AccessToken", token}, {"AttributeName", "name"}}),
              HasSubstr("InvalidParameterException"));
  call("DeleteUserAttributes", {{"AccessToken", token}, {"UserAttributeNames", {"name", "email"}}});
  EXPECT_EQ(value_of(user("ann")["UserAttributes"], "name"), "");
  EXPECT_EQ(email_verified("ann"), "");
  call("DeleteUser", {{"AccessToken", token}});
  EXPECT_THAT(admin_fault("AdminGetUser", {{"Username", "ann"}}), HasSubstr("UserNotFoundException"));
}

TEST_F(CognitoSignUp, VoidsTheCodeOfAnAddressThatWasReplaced) {
  register_person("ann", "ann@example.com");
  const std::string token = sign_in("ann")["AccessToken"];
  call("GetUserAttributeVerificationCode", {{"AccessToken", token}, {"AttributeName", "email"}});
  const std::string code = last_code();
  admin("AdminUpdateUserAttributes",
        {{"Username", "ann"}, {"UserAttributes", json::array({attribute("email", "other@example.com")})}});
  EXPECT_EQ(fault("VerifyUserAttribute", {{"AccessToken", token}, {"AttributeName", "email"}, {"Code", code}}),
            kNoCode);
}

TEST_F(CognitoSignUp, LocksANameOutWhetherSomebodyHasItOrNot) {
  create_confirmed("ann");
  for (const std::string name : {"ann", "nobody"}) {
    for (int i = 0; i < 5; ++i)
      EXPECT_EQ(fault("InitiateAuth", sign_in_request(name, "Wrong-1-horse")),
                "NotAuthorizedException: Incorrect username or password.");
    EXPECT_EQ(fault("InitiateAuth", sign_in_request(name)), "NotAuthorizedException: Password attempts exceeded");
  }
}

TEST_F(CognitoSignUp, DoublesTheLockWithEachFailureAndForgetsThemAfterASignIn) {
  create_confirmed("ann");
  const std::string locked = "NotAuthorizedException: Password attempts exceeded";
  const std::string refused = "NotAuthorizedException: Incorrect username or password.";
  const json wrong = sign_in_request("ann", "Wrong-1-horse");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fault("InitiateAuth", wrong), refused);
  for (int seconds = 1; seconds <= 4; seconds *= 2) {
    clock_.advance(std::chrono::milliseconds(seconds * 1000 - 1));
    EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")), locked) << seconds;
    clock_.advance(std::chrono::milliseconds(1));
    EXPECT_EQ(fault("InitiateAuth", wrong), refused) << seconds;
  }
  clock_.advance(std::chrono::seconds(8));
  sign_in("ann");
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fault("InitiateAuth", wrong), refused);
  sign_in("ann");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fault("InitiateAuth", wrong), refused);
  EXPECT_EQ(fault("InitiateAuth", wrong), locked);
  clock_.advance(minutes(15));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fault("InitiateAuth", wrong), refused);
  sign_in("ann");
}

TEST_F(CognitoSignUp, LetsAPasswordBeChangedFiveTimesAnHour) {
  create_confirmed("ann");
  const json change = {
      {"AccessToken", sign_in("ann")["AccessToken"]}, {"PreviousPassword", kPassword}, {"ProposedPassword", kPassword}};
  for (int i = 0; i < 5; ++i) call("ChangePassword", change);
  EXPECT_EQ(fault("ChangePassword", change), kTooOften);
}

}  // namespace
}  // namespace wsdeep::local
