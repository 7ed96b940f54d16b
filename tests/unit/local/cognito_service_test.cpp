#include "local/cognito_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "auth/jwt.h"
#include "auth/srp.h"
#include "support/manual_clock.h"
#include "support/temporary_folder.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using wsdeep::testing::ManualClock;
using wsdeep::testing::TemporaryFolder;

constexpr const char* kPassword = "Correct-Horse-7";

class Cognito : public ::testing::Test {
 protected:
  Cognito() {
    std::filesystem::copy_file(fresh_pool(), folder_.path() / "users.db");
    reopen();
  }

  /// A database with a new pool and nothing else: making its RSA keys takes longer than most tests.
  static std::filesystem::path fresh_pool() {
    static const TemporaryFolder folder;
    static const std::filesystem::path path = [] {
      const std::filesystem::path file = folder.path() / "users.db";
      net::EventLoop loop;
      Database database(file);
      CognitoService(loop, database, ManualClock(), options());
      return file;
    }();
    return path;
  }
  /// With a cheap hash: the cost is not what is tested here.
  static CognitoOptions options() { return {"eu-west-1", "http://127.0.0.1:4566", 4}; }

  void reopen() {
    service_.reset();
    database_.reset();
    database_.emplace(folder_.path() / "users.db");
    service_.emplace(loop_, *database_, clock_, options());
  }

  net::HttpResponse send(const std::string& operation, const std::string& body) {
    net::HttpRequest request;
    request.method = "POST";
    request.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService." + operation}};
    request.body = body;
    std::optional<net::HttpResponse> got;
    bool running = false;
    service_->answer(request, [&](net::HttpResponse response) {
      got = std::move(response);
      if (running) loop_.stop();
    });
    running = true;
    if (!got) loop_.run();
    return *got;
  }

  json call(const std::string& operation, json body) {
    const net::HttpResponse response = send(operation, body.dump());
    EXPECT_EQ(response.status, 200) << operation << " " << response.body;
    return json::parse(response.body);
  }
  json admin(const std::string& operation, json body) {
    body["UserPoolId"] = service_->user_pool_id();
    return call(operation, std::move(body));
  }
  std::string fault(const std::string& operation, const json& body) {
    const net::HttpResponse response = send(operation, body.dump());
    EXPECT_EQ(response.status, 400) << operation << " " << response.body;
    const json error = json::parse(response.body);
    return error["__type"].get<std::string>() + ": " + error["message"].get<std::string>();
  }
  std::string admin_fault(const std::string& operation, json body) {
    body["UserPoolId"] = service_->user_pool_id();
    return fault(operation, body);
  }

  void create(const std::string& name, const json& attributes = json::array()) {
    admin("AdminCreateUser",
          {{"Username", name}, {"UserAttributes", attributes}, {"TemporaryPassword", "Temporary-1"}});
  }
  void create_confirmed(const std::string& name, const json& attributes = json::array()) {
    create(name, attributes);
    admin("AdminSetUserPassword", {{"Username", name}, {"Password", kPassword}, {"Permanent", true}});
  }
  json sign_in_request(const std::string& name, const std::string& password = kPassword) {
    return {{"AuthFlow", "USER_PASSWORD_AUTH"},
            {"ClientId", service_->client_id()},
            {"AuthParameters", {{"USERNAME", name}, {"PASSWORD", password}}}};
  }
  json sign_in(const std::string& name, const std::string& password = kPassword) {
    return call("InitiateAuth", sign_in_request(name, password))["AuthenticationResult"];
  }
  json refresh_request(const std::string& token) {
    return {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
            {"ClientId", service_->client_id()},
            {"AuthParameters", {{"REFRESH_TOKEN", token}}}};
  }
  auth::TokenVerdict verify(const std::string& token) {
    const auth::TokenRules rules{
        service_->issuer(), {service_->client_id()}, {"id", "access"}, std::chrono::seconds(0)};
    return auth::verify_token(token, auth::KeySet::parse(service_->jwks()), rules, clock_.now());
  }

  ManualClock clock_;
  TemporaryFolder folder_;
  net::EventLoop loop_;
  std::optional<Database> database_;
  std::optional<CognitoService> service_;
};

json attribute(const char* name, const char* value) {
  return {{"Name", name}, {"Value", value}};
}

std::string value_of(const json& attributes, const std::string& name) {
  for (const json& entry : attributes)
    if (entry["Name"] == name) return entry["Value"];
  return "";
}

TEST_F(Cognito, MakesAPoolOnceAndKeepsIt) {
  const std::string pool = service_->user_pool_id(), client = service_->client_id(), jwks = service_->jwks();
  EXPECT_THAT(pool, MatchesRegex("eu-west-1_[A-Za-z0-9]{9}"));
  EXPECT_THAT(client, MatchesRegex("[a-z0-9]{26}"));
  EXPECT_EQ(json::parse(jwks)["keys"].size(), 2u);
  EXPECT_EQ(service_->issuer(), "http://127.0.0.1:4566/" + pool);
  EXPECT_EQ(json::parse(service_->openid_configuration())["jwks_uri"], service_->issuer() + "/.well-known/jwks.json");
  reopen();
  EXPECT_EQ(service_->user_pool_id(), pool);
  EXPECT_EQ(service_->client_id(), client);
  EXPECT_EQ(service_->jwks(), jwks);
}

TEST_F(Cognito, WantsASignatureFromAdministratorsOnly) {
  for (const char* open :
       {"InitiateAuth", "RespondToAuthChallenge", "GetUser", "GlobalSignOut", "RevokeToken", "ChangePassword"})
    EXPECT_FALSE(CognitoService::needs_signature(open)) << open;
  for (const char* signed_one : {"AdminCreateUser", "AdminInitiateAuth", "ListUsers", "DescribeUserPool", "Unknown"})
    EXPECT_TRUE(CognitoService::needs_signature(signed_one)) << signed_one;
}

TEST_F(Cognito, RefusesUnknownOperationsAndBodies) {
  EXPECT_EQ(fault("Nope", json::object()), "UnknownOperationException: ");
  EXPECT_EQ(send("ListUsers", "{").status, 400);
  EXPECT_EQ(fault("ListUsers", json::object()),
            "InvalidParameterException: 1 validation error detected: Value null at 'userPoolId' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(fault("ListUsers", {{"UserPoolId", "eu-west-1_other"}}),
            "ResourceNotFoundException: User pool eu-west-1_other does not exist.");
}

TEST_F(Cognito, ShowsAUserAsItWasCreated) {
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

TEST_F(Cognito, MakesATemporaryPasswordThatKeepsThePolicy) {
  EXPECT_EQ(admin("AdminCreateUser", {{"Username", "ann"}})["User"]["UserStatus"], "FORCE_CHANGE_PASSWORD");
}

TEST_F(Cognito, RefusesNamesAndAttributesThatNoPoolTakes) {
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
class CognitoPasswords : public Cognito, public ::testing::WithParamInterface<WeakPassword> {};

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

TEST_F(Cognito, SignsInWithTokensThatSayWhatCognitosSay) {
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

TEST_F(Cognito, SignsInByNameInAnyCaseAndByVerifiedEmail) {
  create_confirmed("Ann", json::array({attribute("email", "ann@example.com"), attribute("email_verified", "true")}));
  create_confirmed("bob", json::array({attribute("email", "bob@example.com")}));
  EXPECT_EQ(verify(sign_in("aNN")["IdToken"]).claims.username, "Ann");
  EXPECT_EQ(verify(sign_in("ANN@example.com")["IdToken"]).claims.username, "Ann");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("bob@example.com")),
            "NotAuthorizedException: Incorrect username or password.");
}

TEST_F(Cognito, DoesNotTellWhetherAUserExists) {
  create_confirmed("ann");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Wrong-Horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("nobody", "Wrong-Horse-7")),
            "NotAuthorizedException: Incorrect username or password.");
}

TEST_F(Cognito, RefusesWrongClientsAndFlows) {
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

TEST_F(Cognito, LetsAdministratorsSignUsersIn) {
  create_confirmed("ann");
  json request = sign_in_request("ann");
  request["AuthFlow"] = "ADMIN_USER_PASSWORD_AUTH";
  EXPECT_TRUE(verify(admin("AdminInitiateAuth", request)["AuthenticationResult"]["AccessToken"]));
}

TEST_F(Cognito, AsksForANewPasswordAndTakesIt) {
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

TEST_F(Cognito, ForgetsAChallengeAfterThreeMinutes) {
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

TEST_F(Cognito, DoesNotTakeAnotherUsersChallenge) {
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

TEST_F(Cognito, LetsATemporaryPasswordExpireAfterAWeek) {
  create("ann");
  clock_.advance(std::chrono::hours(7 * 24 + 1));
  EXPECT_EQ(fault("InitiateAuth", sign_in_request("ann", "Temporary-1")),
            "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.");
}

TEST_F(Cognito, SignsInWithoutThePasswordLeavingTheClient) {
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

TEST_F(Cognito, RefusesAnSrpValueThatNeedsNoPassword) {
  create_confirmed("ann");
  EXPECT_EQ(fault("InitiateAuth", {{"AuthFlow", "USER_SRP_AUTH"},
                                   {"ClientId", service_->client_id()},
                                   {"AuthParameters", {{"USERNAME", "ann"}, {"SRP_A", "0"}}}}),
            "InvalidParameterException: Incorrect SRP_A value.");
}

TEST_F(Cognito, RefreshesTokensAndKeepsTheirOrigin) {
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

TEST_F(Cognito, KeepsUsersAndSessionsAcrossRestarts) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  reopen();
  EXPECT_TRUE(verify(tokens["IdToken"]));
  EXPECT_TRUE(call("InitiateAuth", refresh_request(tokens["RefreshToken"])).contains("AuthenticationResult"));
}

TEST_F(Cognito, RefusesRefreshTokensThatAreUnknownRevokedOrExpired) {
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

TEST_F(Cognito, ShowsASignedInUserUntilTheTokenIsExpiredOrRevoked) {
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

TEST_F(Cognito, SignsOutEverywhere) {
  create_confirmed("ann");
  const json one = sign_in("ann"), two = sign_in("ann");
  call("GlobalSignOut", {{"AccessToken", one["AccessToken"]}});
  EXPECT_EQ(fault("GetUser", {{"AccessToken", two["AccessToken"]}}),
            "NotAuthorizedException: Access Token has been revoked");
  EXPECT_EQ(fault("InitiateAuth", refresh_request(two["RefreshToken"])),
            "NotAuthorizedException: Refresh Token has been revoked");
}

TEST_F(Cognito, RefusesToRevokeWhatIsNotARefreshToken) {
  create_confirmed("ann");
  EXPECT_THAT(fault("RevokeToken", {{"Token", sign_in("ann")["AccessToken"]}, {"ClientId", service_->client_id()}}),
              HasSubstr("UnsupportedTokenTypeException"));
  call("RevokeToken", {{"Token", "unknown"}, {"ClientId", service_->client_id()}});
}

TEST_F(Cognito, LocksADisabledUserOutUntilEnabled) {
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

TEST_F(Cognito, ForgetsADeletedUser) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  admin("AdminDeleteUser", {{"Username", "ann"}});
  EXPECT_EQ(fault("GetUser", {{"AccessToken", tokens["AccessToken"]}}), "UserNotFoundException: User does not exist.");
  EXPECT_EQ(fault("InitiateAuth", refresh_request(tokens["RefreshToken"])),
            "NotAuthorizedException: Invalid Refresh Token");
  EXPECT_EQ(admin_fault("AdminDeleteUser", {{"Username", "ann"}}), "UserNotFoundException: User does not exist.");
}

TEST_F(Cognito, ChangesAPasswordOnlyForWhoKnowsTheOldOne) {
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

TEST_F(Cognito, UpdatesAndRemovesAttributes) {
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

TEST_F(Cognito, GivesAVerifiedAddressToOneUserOnly) {
  const json verified = json::array({attribute("email", "shared@example.com"), attribute("email_verified", "true")});
  create("ann", verified);
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "bob"}, {"UserAttributes", verified}}),
            "AliasExistsException: An account with the email already exists.");
  admin("AdminCreateUser", {{"Username", "bob"}, {"UserAttributes", verified}, {"ForceAliasCreation", true}});
  EXPECT_EQ(value_of(admin("AdminGetUser", {{"Username", "ann"}})["UserAttributes"], "email_verified"), "false");
  EXPECT_EQ(admin("AdminGetUser", {{"Username", "shared@example.com"}})["Username"], "bob");
}

TEST_F(Cognito, ListsUsersInPages) {
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

TEST_F(Cognito, FiltersUsers) {
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

TEST_F(Cognito, ReturnsOnlyTheAttributesThatWereAskedFor) {
  create("ann", json::array({attribute("email", "ann@example.com"), attribute("name", "Ann")}));
  const json answer = admin("ListUsers", {{"AttributesToGet", {"name"}}});
  EXPECT_EQ(answer["Users"][0]["Attributes"], json::array({attribute("name", "Ann")}));
}

TEST_F(Cognito, KeepsGroupsAndTheirMembers) {
  create("ann");
  create("bob");
  const json group =
      admin("CreateGroup", {{"GroupName", "testers"}, {"Description", "for tests"}, {"Precedence", 3}})["Group"];
  EXPECT_EQ(group["Precedence"], 3);
  EXPECT_EQ(admin_fault("CreateGroup", {{"GroupName", "testers"}}),
            "GroupExistsException: A group with the name already exists.");
  EXPECT_EQ(admin_fault("AdminAddUserToGroup", {{"Username", "ann"}, {"GroupName", "nope"}}),
            "ResourceNotFoundException: Group not found.");
  for (const char* name : {"ann", "bob"}) admin("AdminAddUserToGroup", {{"Username", name}, {"GroupName", "testers"}});
  admin("AdminAddUserToGroup", {{"Username", "ann"}, {"GroupName", "testers"}});
  const json first = admin("ListUsersInGroup", {{"GroupName", "testers"}, {"Limit", 1}});
  EXPECT_EQ(first["Users"][0]["Username"], "ann");
  const json second =
      admin("ListUsersInGroup", {{"GroupName", "testers"}, {"Limit", 1}, {"NextToken", first["NextToken"]}});
  EXPECT_EQ(second["Users"][0]["Username"], "bob");
  EXPECT_FALSE(second.contains("NextToken"));

  admin("AdminRemoveUserFromGroup", {{"Username", "ann"}, {"GroupName", "testers"}});
  EXPECT_EQ(admin("AdminListGroupsForUser", {{"Username", "ann"}})["Groups"], json::array());
  EXPECT_EQ(admin("AdminListGroupsForUser", {{"Username", "bob"}})["Groups"][0]["GroupName"], "testers");
  admin("DeleteGroup", {{"GroupName", "testers"}});
  EXPECT_EQ(admin("ListGroups", json::object())["Groups"], json::array());
}

TEST_F(Cognito, DescribesThePoolAndItsClient) {
  create("ann");
  const json pool = admin("DescribeUserPool", json::object())["UserPool"];
  EXPECT_EQ(pool["EstimatedNumberOfUsers"], 1);
  EXPECT_EQ(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 8);
  const json client = admin("DescribeUserPoolClient", {{"ClientId", service_->client_id()}})["UserPoolClient"];
  EXPECT_EQ(client["RefreshTokenValidity"], 30);
  EXPECT_FALSE(client.contains("ClientSecret"));
  EXPECT_EQ(call("ListUserPools", {{"MaxResults", 10}})["UserPools"][0]["Id"], service_->user_pool_id());
  EXPECT_EQ(admin("ListUserPoolClients", json::object())["UserPoolClients"][0]["ClientId"], service_->client_id());
}

TEST_F(Cognito, StoresNeitherPasswordsNorTokens) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  Statement dump(*database_, "SELECT group_concat(password_hash || srp_verifier) FROM cognito_users");
  ASSERT_TRUE(dump.step());
  EXPECT_THAT(dump.text(0), AllOf(HasSubstr("scrypt$16$8$1$"), ::testing::Not(HasSubstr(kPassword))));
  Statement sessions(*database_, "SELECT length(refresh_sha256) FROM cognito_sessions");
  ASSERT_TRUE(sessions.step());
  EXPECT_EQ(sessions.integer(0), 32);
}

TEST_F(Cognito, MayBeDestroyedWhileItHashes) {
  create("ann");
  net::HttpRequest request;
  request.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth"}};
  request.body = sign_in_request("ann", "Temporary-1").dump();
  bool answered = false;
  service_->answer(request, [&](const net::HttpResponse&) { answered = true; });
  service_.reset();
  auto end = loop_.after(std::chrono::milliseconds(50), [&] { loop_.stop(); });
  loop_.run();
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace wsdeep::local
