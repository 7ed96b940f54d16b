#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/form.h"
#include "support/cognito_web_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using wsdeep::testing::CognitoWeb;
using wsdeep::testing::in_location;
using wsdeep::testing::kPassword;

class CognitoOauth : public CognitoWeb {};

TEST_F(CognitoOauth, GivesTheServiceClientNoCode) {
  const net::HttpResponse response =
      get("/oauth2/authorize?" + net::encode_form(with(request_fields(), "client_id", service_->service_client_id())));
  EXPECT_EQ(in_location(response, "error"), "unauthorized_client");
}

TEST_F(CognitoOauth, TakesACodeOnceAndTakesBackWhatItGaveWhenItComesAgain) {
  create_confirmed("ann");
  const std::string code = code_for("ann");
  const json given = tokens(exchange_fields(code));
  EXPECT_EQ(error_of(token(exchange_fields(code))), "400 invalid_grant");
  EXPECT_EQ(error_of(token({{"grant_type", "refresh_token"},
                            {"client_id", service_->client_id()},
                            {"refresh_token", given["refresh_token"]}})),
            "400 invalid_grant");
  EXPECT_EQ(
      error_of(get("/oauth2/userInfo", {{"Authorization", "Bearer " + given["access_token"].get<std::string>()}})),
      "401 invalid_token");
}

TEST_F(CognitoOauth, GivesNothingForACodeThatComesTwiceAtOnce) {
  create_confirmed("ann");
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/oauth2/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = net::encode_form(exchange_fields(code_for("ann")));
  std::vector<net::HttpResponse> answers;
  for (int i = 0; i < 2; ++i)
    service_->answer(request, [&](net::HttpResponse response) {
      answers.push_back(std::move(response));
      if (answers.size() == 2) loop_.stop();
    });
  loop_.run();
  for (const net::HttpResponse& response : answers) EXPECT_EQ(error_of(response), "400 invalid_grant");
}

TEST_F(CognitoOauth, BindsACodeToWhoAskedForIt) {
  create_confirmed("ann");
  const auto refused = [&](const std::string& name, const std::string& value) {
    return error_of(token(with(exchange_fields(code_for("ann")), name, value)));
  };
  EXPECT_EQ(refused("redirect_uri", "http://127.0.0.1:8124/back"), "400 invalid_grant");
  EXPECT_EQ(refused("code_verifier", std::string(43, 'x')), "400 invalid_grant");
  EXPECT_EQ(refused("code_verifier", ""), "400 invalid_request");
  EXPECT_EQ(refused("code_verifier", "short"), "400 invalid_request");
  EXPECT_EQ(refused("code", "other"), "400 invalid_grant");
  EXPECT_EQ(refused("code", ""), "400 invalid_request");
  EXPECT_EQ(refused("client_id", "other"), "400 invalid_client");
  EXPECT_EQ(refused("client_id", service_->service_client_id()), "400 invalid_client");
  EXPECT_EQ(refused("grant_type", "password"), "400 unsupported_grant_type");
  net::FormFields service = with(exchange_fields(code_for("ann")), "client_id", "");
  EXPECT_EQ(error_of(token(service, basic(service_->service_client_secret()))), "400 invalid_grant");

  const std::string late = code_for("ann");
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(error_of(token(exchange_fields(late))), "400 invalid_grant");
  const std::string gone = code_for("ann");
  admin("AdminDisableUser", {{"Username", "ann"}});
  EXPECT_EQ(error_of(token(exchange_fields(gone))), "400 invalid_grant");
}

TEST_F(CognitoOauth, GivesNoIdTokenWithoutOpenid) {
  create_confirmed("ann");
  const json given =
      tokens(exchange_fields(code_for("ann", with(request_fields(), "scope", "aws.cognito.signin.user.admin"))));
  EXPECT_FALSE(given.contains("id_token"));
  EXPECT_EQ(call("GetUser", {{"AccessToken", given["access_token"]}})["Username"], "ann");
  EXPECT_EQ(
      error_of(get("/oauth2/userInfo", {{"Authorization", "Bearer " + given["access_token"].get<std::string>()}})),
      "401 invalid_token");
}

TEST_F(CognitoOauth, GivesAProgramATokenOfItsOwn) {
  const net::FormFields fields = {{"grant_type", "client_credentials"}, {"scope", "wsdeep/admin"}};
  const json given = tokens(fields, basic(service_->service_client_secret()));
  EXPECT_EQ(given.size(), 3u);
  const json claims = claims_of(given["access_token"]);
  EXPECT_EQ(claims["scope"], "wsdeep/admin");
  EXPECT_EQ(claims["sub"], service_->service_client_id());
  EXPECT_EQ(claims["client_id"], service_->service_client_id());
  EXPECT_EQ(claims["token_use"], "access");
  EXPECT_FALSE(claims.contains("username"));
  EXPECT_EQ(verify(given["access_token"]).fault, auth::TokenFault::kAudience) << "it is no user of the app";
  EXPECT_EQ(fault("GetUser", {{"AccessToken", given["access_token"]}}), "NotAuthorizedException: Invalid Access Token");

  net::FormFields in_body = {{"grant_type", "client_credentials"},
                             {"client_id", service_->service_client_id()},
                             {"client_secret", service_->service_client_secret()}};
  EXPECT_EQ(claims_of(tokens(in_body)["access_token"])["scope"], "wsdeep/admin wsdeep/read");
  EXPECT_EQ(error_of(token(with(in_body, "client_secret", "wrong"))), "400 invalid_client");
  EXPECT_EQ(error_of(token(with(in_body, "client_secret", ""))), "400 invalid_client");
  EXPECT_EQ(error_of(token(in_body, basic(service_->service_client_secret()))), "400 invalid_request");
  EXPECT_EQ(error_of(token(fields, basic("wrong"))), "401 invalid_client");
  EXPECT_EQ(error_of(token(fields, {{"Authorization", "Basic !"}})), "401 invalid_client");
  EXPECT_EQ(error_of(token(with(fields, "scope", "openid"), basic(service_->service_client_secret()))),
            "400 invalid_scope");
  EXPECT_EQ(error_of(token({{"grant_type", "client_credentials"}, {"client_id", service_->client_id()}})),
            "400 unauthorized_client");
}

TEST_F(CognitoOauth, TakesOnlyFormsOfBoundedSize) {
  net::HttpRequest request;
  request.method = "POST";
  request.target = "/oauth2/token";
  request.headers = {{"Content-Type", "application/json"}};
  request.body = "{}";
  EXPECT_EQ(error_of(send(request)), "400 invalid_request");
  EXPECT_EQ(error_of(token({{"grant_type", std::string(20'000, 'x')}})), "400 invalid_request");
  EXPECT_EQ(get("/oauth2/token").status, 405);
  EXPECT_EQ(error_of(get("/oauth2/userInfo")), "401 invalid_request");
}

TEST_F(CognitoOauth, RevokesOnlyTheClientsOwnTokens) {
  create_confirmed("ann");
  const json given = tokens(exchange_fields(code_for("ann")));
  const auto revoke = [&](const std::string& text, const net::Headers& headers = {}) {
    net::FormFields fields = {{"token", text}};
    if (headers.empty()) fields.emplace_back("client_id", service_->client_id());
    return post("/oauth2/revoke", fields, headers);
  };
  EXPECT_EQ(error_of(revoke(given["access_token"])), "400 unsupported_token_type");
  EXPECT_EQ(error_of(revoke(given["refresh_token"], basic(service_->service_client_secret()))), "400 invalid_request");
  EXPECT_EQ(revoke("unknown").status, 200);
  EXPECT_EQ(error_of(revoke("")), "400 invalid_request");
}

TEST_F(CognitoOauth, WantsTheSecretHashOfAClientWithASecret) {
  create_confirmed("ann");
  json request = sign_in_request("ann");
  const std::string client = service_->service_client_id();
  request["ClientId"] = client;
  EXPECT_EQ(fault("InitiateAuth", request),
            "NotAuthorizedException: Client " + client + " is configured with secret but SECRET_HASH was not received");
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("bob");
  EXPECT_EQ(fault("InitiateAuth", request),
            "NotAuthorizedException: Unable to verify secret hash for client " + client);
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("ann");
  const json given = call("InitiateAuth", request)["AuthenticationResult"];
  EXPECT_EQ(claims_of(given["IdToken"])["aud"], client);
  EXPECT_EQ(call("GetUser", {{"AccessToken", given["AccessToken"]}})["Username"], "ann");

  json refresh = refresh_request(given["RefreshToken"]);
  EXPECT_EQ(fault("InitiateAuth", refresh), "NotAuthorizedException: Invalid Refresh Token") << "another client's";
  refresh["ClientId"] = client;
  EXPECT_THAT(fault("InitiateAuth", refresh), HasSubstr("SECRET_HASH was not received"));
  refresh["AuthParameters"]["SECRET_HASH"] = secret_hash("ann");
  EXPECT_TRUE(call("InitiateAuth", refresh).contains("AuthenticationResult"));
  EXPECT_EQ(error_of(token(
                {{"grant_type", "refresh_token"}, {"client_id", client}, {"refresh_token", given["RefreshToken"]}})),
            "400 invalid_client");

  json revoke = {{"Token", given["RefreshToken"]}, {"ClientId", client}};
  EXPECT_THAT(fault("RevokeToken", revoke), HasSubstr("NotAuthorizedException"));
  revoke["ClientSecret"] = service_->service_client_secret();
  call("RevokeToken", revoke);
  EXPECT_EQ(fault("InitiateAuth", refresh), "NotAuthorizedException: Refresh Token has been revoked");

  create("eve");
  request = sign_in_request("eve", "Temporary-1");
  request["ClientId"] = client;
  request["AuthParameters"]["SECRET_HASH"] = secret_hash("eve");
  const json asked = call("InitiateAuth", request);
  json answer = {{"ClientId", client},
                 {"ChallengeName", "NEW_PASSWORD_REQUIRED"},
                 {"Session", asked["Session"]},
                 {"ChallengeResponses", {{"USERNAME", "eve"}, {"NEW_PASSWORD", kPassword}}}};
  EXPECT_THAT(fault("RespondToAuthChallenge", answer), HasSubstr("SECRET_HASH was not received"));
  answer["ClientId"] = service_->client_id();
  EXPECT_EQ(fault("RespondToAuthChallenge", answer), "NotAuthorizedException: Invalid session for the user.");
  answer["ClientId"] = client;
  answer["ChallengeResponses"]["SECRET_HASH"] = secret_hash("eve");
  EXPECT_TRUE(call("RespondToAuthChallenge", answer).contains("AuthenticationResult"));
}

}  // namespace
}  // namespace wsdeep::local
