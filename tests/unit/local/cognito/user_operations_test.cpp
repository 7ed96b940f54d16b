#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

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
using wsdeep::testing::value_of;

class CognitoUsers : public CognitoFixture {};

TEST_F(CognitoUsers, ShowsAUserAsItWasCreated) {
  EXPECT_THAT(admin_fault("AdminCreateUser",
                          {{"Username", "ann"}, {"UserAttributes", json::array({attribute("custom:team", "blue")})}}),
              HasSubstr("Type for attribute {custom:team} could not be determined"));
  admin("AddCustomAttributes", {{"CustomAttributes", json::array({{{"Name", "team"}}})}});
  reopen();
  EXPECT_THAT(admin_fault("AddCustomAttributes", {{"CustomAttributes", json::array({{{"Name", "team"}}})}}),
              HasSubstr("Existing attribute already has name custom:team"));
  EXPECT_THAT(admin_fault("AddCustomAttributes", {{"CustomAttributes", json::array({{{"Name", "a b"}}})}}),
              HasSubstr("regular expression pattern"));
  create("ann", json::array({attribute("email", "ann@example.com"), attribute("custom:team", "blue")}));
  const json user = admin("AdminGetUser", {{"Username", "ANN"}});
  EXPECT_EQ(user["Username"], "ann");
  EXPECT_EQ(user["UserStatus"], "FORCE_CHANGE_PASSWORD");
  EXPECT_EQ(user["Enabled"], true);
  EXPECT_EQ(user["UserCreateDate"], 1'700'000'000.0);
  EXPECT_EQ(value_of(user["UserAttributes"], "custom:team"), "blue");
  EXPECT_THAT(value_of(user["UserAttributes"], "sub"), MatchesRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "Ann"}}),
            "UsernameExistsException: User account already exists");
  EXPECT_EQ(admin_fault("AdminGetUser", {{"Username", "bob"}}), "UserNotFoundException: User does not exist.");
}

TEST_F(CognitoUsers, LetsNobodyInWithoutAPasswordUntilOneIsSet) {
  EXPECT_EQ(admin("AdminCreateUser", {{"Username", "ann"}})["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
  EXPECT_THAT(fault("InitiateAuth", sign_in_request("ann")), HasSubstr("Incorrect username or password"));
  admin("AdminSetUserPassword", {{"Username", "ann"}, {"Password", kPassword}, {"Permanent", true}});
  EXPECT_TRUE(sign_in("ann").contains("AccessToken"));
}

TEST_F(CognitoUsers, RefusesNamesAndAttributesThatNoPoolTakes) {
  EXPECT_THAT(admin_fault("AdminCreateUser", {{"Username", "a b"}}), HasSubstr("regular expression pattern"));
  EXPECT_THAT(admin_fault("AdminCreateUser", {{"Username", ""}}), HasSubstr("regular expression pattern"));
  EXPECT_EQ(
      admin_fault("AdminCreateUser", {{"Username", "ann@example.com"}}),
      "InvalidParameterException: Username cannot be of email format, since user pool is configured for email alias.");
  EXPECT_THAT(
      admin_fault("AdminCreateUser", {{"Username", "ann"}, {"UserAttributes", json::array({attribute("shoe", "42")})}}),
      HasSubstr("Type for attribute {shoe} could not be determined"));
  EXPECT_THAT(
      admin_fault("AdminCreateUser", {{"Username", "ann"}, {"UserAttributes", json::array({attribute("sub", "x")})}}),
      HasSubstr("non-mutable attribute sub"));
  EXPECT_THAT(admin_fault("AdminCreateUser",
                          {{"Username", "ann"}, {"UserAttributes", json::array({attribute("email", "nope")})}}),
              HasSubstr("Invalid email address format."));
}

struct WeakPassword {
  const char* password;
  const char* fault;
};
class CognitoPasswords : public CognitoFixture, public ::testing::WithParamInterface<WeakPassword> {};

TEST_P(CognitoPasswords, AreRefusedInCognitosWords) {
  create("ann");
  EXPECT_THAT(admin_fault("AdminSetUserPassword", {{"Username", "ann"}, {"Password", GetParam().password}}),
              HasSubstr(GetParam().fault));
}

INSTANTIATE_TEST_SUITE_P(
    Weak, CognitoPasswords,
    ::testing::Values(
        WeakPassword{"Ab1!",
                     "InvalidPasswordException: Password did not conform with policy: Password not long enough"},
        WeakPassword{
            "Abcdefgh!",
            "InvalidPasswordException: Password did not conform with policy: Password must have numeric characters"},
        WeakPassword{"abcdefg1!", "Password must have uppercase characters"},
        WeakPassword{"ABCDEFG1!", "Password must have lowercase characters"},
        WeakPassword{"Abcdefg12", "Password must have symbol characters"},
        WeakPassword{"Abc def1!", "InvalidParameterException"}));

TEST_F(CognitoUsers, LocksADisabledUserOutUntilEnabled) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  admin("AdminDisableUser", {{"Username", "ann"}});
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann")), "NotAuthorizedException: User is disabled.");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Wrong-Horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
  EXPECT_EQ(fault("GetUser", {{"AccessToken", tokens["AccessToken"]}}), "NotAuthorizedException: User is disabled.");
  admin("AdminEnableUser", {{"Username", "ann"}});
  EXPECT_TRUE(sign_in("ann").contains("IdToken"));
}

TEST_F(CognitoUsers, ForgetsADeletedUser) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  admin("AdminDeleteUser", {{"Username", "ann"}});
  EXPECT_EQ(fault("GetUser", {{"AccessToken", tokens["AccessToken"]}}), "UserNotFoundException: User does not exist.");
  EXPECT_EQ(fault("InitiateAuth", refresh_request(tokens["RefreshToken"])),
            "NotAuthorizedException: Invalid Refresh Token");
  EXPECT_EQ(admin_fault("AdminDeleteUser", {{"Username", "ann"}}), "UserNotFoundException: User does not exist.");
}

TEST_F(CognitoUsers, UpdatesAndRemovesAttributes) {
  create("ann", json::array({attribute("email", "ann@example.com"), attribute("email_verified", "true"),
                             attribute("name", "Ann")}));
  admin("AdminUpdateUserAttributes",
        {{"Username", "ann"},
         {"UserAttributes", json::array({attribute("email", "new@example.com"), attribute("name", "")})}});
  const json attributes = admin("AdminGetUser", {{"Username", "ann"}})["UserAttributes"];
  EXPECT_EQ(value_of(attributes, "email"), "new@example.com");
  EXPECT_EQ(value_of(attributes, "email_verified"), "false");
  EXPECT_EQ(value_of(attributes, "name"), "");
}

TEST_F(CognitoUsers, KeepsTheMarkerOfTestUsersAsItWasAtTheirCreation) {
  create("made", json::array({attribute("custom:wsdeep_test", "true")}));
  create("real");
  const auto set = [](const char* name, const char* value) {
    return json{{"Username", name}, {"UserAttributes", json::array({attribute("custom:wsdeep_test", value)})}};
  };
  EXPECT_EQ(admin_fault("AdminUpdateUserAttributes", set("real", "true")),
            "InvalidParameterException: user.custom:wsdeep_test: Attribute cannot be updated.");
  EXPECT_EQ(admin_fault("AdminUpdateUserAttributes", set("made", "")),
            "InvalidParameterException: user.custom:wsdeep_test: Attribute cannot be updated.");
  admin("AdminUpdateUserAttributes", set("made", "true"));
  EXPECT_EQ(value_of(admin("AdminGetUser", {{"Username", "real"}})["UserAttributes"], "custom:wsdeep_test"), "");
}

TEST_F(CognitoUsers, GivesAVerifiedAddressToOneUserOnly) {
  const json verified = json::array({attribute("email", "shared@example.com"), attribute("email_verified", "true")});
  create("ann", verified);
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "bob"}, {"UserAttributes", verified}}),
            "AliasExistsException: An account with the email already exists.");
  admin("AdminCreateUser", {{"Username", "bob"}, {"UserAttributes", verified}, {"ForceAliasCreation", true}});
  EXPECT_EQ(value_of(admin("AdminGetUser", {{"Username", "ann"}})["UserAttributes"], "email_verified"), "false");
  EXPECT_EQ(admin("AdminGetUser", {{"Username", "shared@example.com"}})["Username"], "bob");
}

TEST_F(CognitoUsers, ListsUsersInPages) {
  std::set<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    create("user" + std::to_string(i));
    expected.insert("user" + std::to_string(i));
  }
  std::set<std::string> seen;
  json request = {{"Limit", 3}};
  int pages = 0;
  for (;; ++pages) {
    const json page = admin("ListUsers", request);
    for (const json& user : page["Users"]) EXPECT_TRUE(seen.insert(user["Username"]).second);
    if (!page.contains("PaginationToken")) break;
    request["PaginationToken"] = page["PaginationToken"];
  }
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(pages, 2);
  EXPECT_THAT(admin_fault("ListUsers", {{"Limit", 61}}), HasSubstr("less than or equal to 60"));
  EXPECT_THAT(admin_fault("ListUsers", {{"PaginationToken", "!"}}), HasSubstr("Invalid pagination token"));
}

TEST_F(CognitoUsers, FiltersUsers) {
  create("ann", json::array({attribute("email", "ann@example.com"), attribute("given_name", "Ann \"A\" O'Neil")}));
  create_confirmed("annette", json::array({attribute("email", "annette@example.org")}));
  create("bob", json::array({attribute("email", "bob@example.com")}));
  admin("AdminDisableUser", {{"Username", "bob"}});
  const auto found = [&](const std::string& filter) {
    const json answer = admin("ListUsers", {{"Filter", filter}});
    std::string names;
    for (const json& user : answer["Users"]) names += user["Username"].get<std::string>() + " ";
    return names;
  };
  EXPECT_EQ(found("username = \"ann\""), "ann ");
  EXPECT_EQ(found("username ^= \"ann\""), "ann annette ");
  EXPECT_EQ(found("email^=\"ann\""), "ann annette ");
  EXPECT_EQ(found("email = \"bob@example.com\""), "bob ");
  EXPECT_EQ(found("given_name = \"Ann \\\"A\\\" O'Neil\""), "ann ");
  EXPECT_EQ(found("cognito:user_status = \"CONFIRMED\""), "annette ");
  EXPECT_EQ(found("status = \"Disabled\""), "bob ");
  EXPECT_EQ(found("username ^= \"%\""), "");
  EXPECT_EQ(admin_fault("ListUsers", {{"Filter", "custom:team = \"x\""}}),
            "InvalidParameterException: Invalid search attribute: custom:team");
  for (const char* bad : {"username", "username = ann", "= \"x\"", "username = \"a\" or 1=1", "username = \"a"})
    EXPECT_THAT(admin_fault("ListUsers", {{"Filter", bad}}), HasSubstr("InvalidParameterException")) << bad;
}

TEST_F(CognitoUsers, ReturnsOnlyTheAttributesThatWereAskedFor) {
  create("ann", json::array({attribute("email", "ann@example.com"), attribute("name", "Ann")}));
  const json answer = admin("ListUsers", {{"AttributesToGet", {"name"}}});
  EXPECT_EQ(answer["Users"][0]["Attributes"], json::array({attribute("name", "Ann")}));
}

}  // namespace
}  // namespace wsdeep::local
