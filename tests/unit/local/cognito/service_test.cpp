#include "local/cognito/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::MatchesRegex;
using wsdeep::testing::CognitoFixture;
using wsdeep::testing::kPassword;

class Cognito : public CognitoFixture {};

TEST_F(Cognito, MakesAPoolOnceAndKeepsIt) {
  const std::string pool = service_->user_pool_id(), client = service_->client_id(), jwks = service_->jwks();
  EXPECT_THAT(pool, MatchesRegex("eu-west-1_[A-Za-z0-9]{9}"));
  EXPECT_THAT(client, MatchesRegex("[a-z0-9]{26}"));
  EXPECT_EQ(json::parse(jwks)["keys"].size(), 2u);
  EXPECT_EQ(service_->issuer(), "http://127.0.0.1:4566/" + pool);
  const json discovery = json::parse(service_->openid_configuration("http://127.0.0.1:4510"));
  EXPECT_EQ(discovery["issuer"], service_->issuer());
  EXPECT_EQ(discovery["jwks_uri"], "http://127.0.0.1:4510/" + pool + "/.well-known/jwks.json");
  EXPECT_EQ(discovery["token_endpoint"], "http://127.0.0.1:4510/oauth2/token");
  reopen();
  EXPECT_EQ(service_->user_pool_id(), pool);
  EXPECT_EQ(service_->client_id(), client);
  EXPECT_EQ(service_->jwks(), jwks);
}

TEST_F(Cognito, WantsASignatureFromAdministratorsOnly) {
  for (const char* open : {"InitiateAuth", "RespondToAuthChallenge", "GetUser", "GlobalSignOut", "RevokeToken",
                           "ChangePassword", "AssociateSoftwareToken", "VerifySoftwareToken", "SetUserMFAPreference"})
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

TEST_F(Cognito, DescribesThePoolAndItsClient) {
  create("ann");
  const json pool = admin("DescribeUserPool", json::object())["UserPool"];
  EXPECT_EQ(pool["EstimatedNumberOfUsers"], 1);
  EXPECT_EQ(pool["Policies"]["PasswordPolicy"]["MinimumLength"], 8);
  const json client = admin("DescribeUserPoolClient", {{"ClientId", service_->client_id()}})["UserPoolClient"];
  EXPECT_EQ(client["RefreshTokenValidity"], 30);
  EXPECT_FALSE(client.contains("ClientSecret"));
  EXPECT_EQ(client["AllowedOAuthFlows"], json::array({"code"}));
  EXPECT_EQ(client["CallbackURLs"][2], "https://app.example.com/signed-in");
  const json service = admin("DescribeUserPoolClient", {{"ClientId", service_->service_client_id()}})["UserPoolClient"];
  EXPECT_EQ(service["ClientSecret"], service_->service_client_secret());
  EXPECT_EQ(service["AllowedOAuthScopes"], json::array({"wsdeep/admin", "wsdeep/read"}));
  EXPECT_EQ(admin("DescribeResourceServer", {{"Identifier", "wsdeep"}})["ResourceServer"]["Scopes"].size(), 2u);
  EXPECT_EQ(admin("ListResourceServers", {{"MaxResults", 10}})["ResourceServers"].size(), 1u);
  EXPECT_EQ(call("ListUserPools", {{"MaxResults", 10}})["UserPools"][0]["Id"], service_->user_pool_id());
  EXPECT_EQ(admin("ListUserPoolClients", json::object())["UserPoolClients"].size(), 2u);
  const json page = admin("ListUserPoolClients", {{"MaxResults", 1}});
  EXPECT_EQ(page["UserPoolClients"].size(), 1u);
  EXPECT_EQ(page["UserPoolClients"][0]["ClientId"], service_->client_id());
  const json rest = admin("ListUserPoolClients", {{"MaxResults", 1}, {"NextToken", page["NextToken"]}});
  EXPECT_EQ(rest["UserPoolClients"][0]["ClientId"], service_->service_client_id());
  EXPECT_FALSE(rest.contains("NextToken"));
}

TEST_F(Cognito, ShowsTheAttributesOfThePool) {
  const json pool = admin("DescribeUserPool", json::object())["UserPool"];
  std::map<std::string, json> by_name;
  for (const json& attribute : pool["SchemaAttributes"]) by_name[attribute["Name"]] = attribute;
  EXPECT_EQ(by_name.size(), 21u);
  EXPECT_EQ(by_name["sub"]["Mutable"], false);
  EXPECT_EQ(by_name["sub"]["Required"], true);
  EXPECT_EQ(by_name["email_verified"]["AttributeDataType"], "Boolean");
  EXPECT_EQ(by_name["updated_at"]["NumberAttributeConstraints"]["MinValue"], "0");
  EXPECT_EQ(by_name["custom:wsdeep_test"]["Mutable"], false);
  EXPECT_EQ(by_name["custom:wsdeep_test"]["StringAttributeConstraints"]["MaxLength"], "2048");
}

TEST_F(Cognito, SignsWithNewKeysAndAcceptsOldOnesUntilTheirTokensHaveExpired) {
  create_confirmed("ann");
  const json before = sign_in("ann");
  clock_.advance(std::chrono::minutes(30));
  const json kids = rotate_keys();
  const json after = sign_in("ann");
  EXPECT_EQ(verify(after["IdToken"]).kid, kids["idKid"]);
  EXPECT_EQ(verify(after["AccessToken"]).kid, kids["accessKid"]);
  EXPECT_TRUE(verify(before["IdToken"]));
  EXPECT_EQ(call("GetUser", {{"AccessToken", before["AccessToken"]}})["Username"], "ann");
  EXPECT_EQ(json::parse(service_->jwks())["keys"].size(), 4u);

  reopen();
  EXPECT_TRUE(verify(before["IdToken"]));
  EXPECT_EQ(verify(sign_in("ann")["IdToken"]).kid, kids["idKid"]);
  EXPECT_EQ(json::parse(service_->jwks())["keys"].size(), 4u);

  const std::string kept = service_->jwks();
  clock_.advance(std::chrono::minutes(61));
  EXPECT_EQ(json::parse(service_->jwks())["keys"].size(), 2u);
  EXPECT_NE(kept.find(verify(before["IdToken"]).kid), std::string::npos);
  EXPECT_EQ(verify(before["IdToken"]).fault, auth::TokenFault::kUnknownKey);
  reopen();
  EXPECT_EQ(json::parse(service_->jwks())["keys"].size(), 2u);
}

TEST_F(Cognito, TakesSoManyRequestsASecondOfEachCategoryWhenTold) {
  requests_per_second_ = 2;
  reopen();
  create("ann");
  create("bob");
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "cid"}}), "TooManyRequestsException: Rate exceeded");
  admin("AdminGetUser", {{"Username", "ann"}});
  clock_.advance(std::chrono::milliseconds(500));
  create("cid");
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "dan"}}), "TooManyRequestsException: Rate exceeded");
  clock_.advance(std::chrono::hours(1));
  create("dan");
  create("eve");
  EXPECT_EQ(admin_fault("AdminCreateUser", {{"Username", "fay"}}), "TooManyRequestsException: Rate exceeded");
}

TEST_F(Cognito, StoresNeitherPasswordsNorTokens) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  Statement dump(*database_,
                 "SELECT group_concat(quote(u.username) || u.srp_salt || u.srp_verifier) FROM cognito_users u");
  ASSERT_TRUE(dump.step());
  EXPECT_THAT(dump.text(0), MatchesRegex("'ann'[0-9a-f]{700,}"));
  Statement sessions(*database_, "SELECT length(refresh_sha256) FROM cognito_sessions");
  ASSERT_TRUE(sessions.step());
  EXPECT_EQ(sessions.integer(0), 32);
}

TEST_F(Cognito, TakesADatabaseThatAnEarlierVersionMade) {
  create_confirmed("ann");
  const json tokens = sign_in("ann");
  const std::string jwks = service_->jwks();
  service_.reset();
  database_->execute(
      "ALTER TABLE cognito_users ADD COLUMN password_hash TEXT NOT NULL DEFAULT 'scrypt$16384$8$1$c2FsdA==$a2V5';"
      "DROP TABLE cognito_retired_keys; DROP TABLE cognito_settings; DROP TABLE cognito_mfa;"
      "ALTER TABLE cognito_sessions DROP COLUMN client_id; ALTER TABLE cognito_sessions DROP COLUMN scopes");
  reopen();
  EXPECT_FALSE(database_->has_column("cognito_users", "password_hash"));
  EXPECT_TRUE(sign_in("ann").contains("IdToken"));
  EXPECT_EQ(service_->jwks(), jwks);
  EXPECT_TRUE(call("InitiateAuth", refresh_request(tokens["RefreshToken"])).contains("AuthenticationResult"));
  create_confirmed("bob");
  reopen();
  EXPECT_TRUE(sign_in("bob").contains("IdToken"));
}

TEST_F(Cognito, MayBeDestroyedWhileItHashes) {
  create("ann");
  net::HttpRequest request;
  request.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth"}};
  request.body = sign_in_request("ann", "Temporary-1").dump();
  bool answered = false;
  // Goes with the last copy of the callback: the background work is over then.
  const auto stop = [this](void*) { loop_.stop(); };
  std::shared_ptr<void> held(this, stop);
  service_->answer(request, [&answered, held](const net::HttpResponse&) { answered = true; });
  held.reset();
  service_.reset();
  loop_.run();
  EXPECT_FALSE(answered);
}

}  // namespace
}  // namespace wsdeep::local
