#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/cognito_web_fixture.h"

namespace wsdeep::local {
namespace {

using ::testing::HasSubstr;
using wsdeep::testing::CognitoWeb;
using wsdeep::testing::header_of;

class CognitoCors : public CognitoWeb {};

TEST_F(CognitoCors, OpensWhatAppsCallToThePagesOfEveryOrigin) {
  const auto preflight = [&](const std::string& path) {
    net::HttpRequest request;
    request.method = "OPTIONS";
    request.target = path;
    request.headers = {{"Origin", "http://localhost:3000"}, {"Access-Control-Request-Method", "POST"}};
    return send(request);
  };
  for (const char* path : {"/", "/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"}) {
    const net::HttpResponse allowed = preflight(path);
    EXPECT_EQ(allowed.status, 200) << path;
    EXPECT_EQ(header_of(allowed, "Access-Control-Allow-Origin"), "*") << path;
    EXPECT_THAT(header_of(allowed, "Access-Control-Allow-Methods"), HasSubstr("POST")) << path;
    EXPECT_THAT(header_of(allowed, "Access-Control-Allow-Headers"), HasSubstr("X-Amz-Target")) << path;
  }
  const net::Headers origin = {{"Origin", "http://localhost:3000"}};
  const net::HttpResponse refused = token({{"grant_type", "refresh_token"}, {"client_id", "x"}}, origin);
  EXPECT_EQ(error_of(refused), "400 invalid_client");
  EXPECT_EQ(header_of(refused, "Access-Control-Allow-Origin"), "*") << "a page may read why";
  EXPECT_EQ(header_of(get("/oauth2/userInfo", origin), "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header_of(get("/oauth2/userInfo"), "Access-Control-Allow-Origin"), "") << "nobody asked";
  create_confirmed("ann");
  net::HttpRequest api;
  api.method = "POST";
  api.target = "/";
  api.headers = {{"X-Amz-Target", "AWSCognitoIdentityProviderService.InitiateAuth"}, origin[0]};
  api.body = sign_in_request("ann").dump();
  const net::HttpResponse signed_in = send(api);
  EXPECT_EQ(signed_in.status, 200);
  EXPECT_EQ(header_of(signed_in, "Access-Control-Allow-Origin"), "*");
}

TEST_F(CognitoCors, KeepsThePagesOfTheSignInFromOtherPages) {
  for (const char* path : {"/login", "/logout", "/oauth2/authorize"}) {
    net::HttpRequest request;
    request.method = "OPTIONS";
    request.target = path;
    request.headers = {{"Origin", "http://localhost:3000"}, {"Access-Control-Request-Method", "GET"}};
    EXPECT_EQ(send(request).status, 405) << path;
    EXPECT_EQ(header_of(get(path, request.headers), "Access-Control-Allow-Origin"), "") << path;
  }
}

}  // namespace
}  // namespace wsdeep::local
