#include "auth/authorization_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "net/form.h"
#include "support/scripted_http_server.h"

namespace wsdeep::auth {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Pkce, HashesTheVerifierAsTheAppendixOfRfc7636Does) {
  EXPECT_EQ(pkce_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST(Pkce, MakesAVerifierOfTheLengthThatIsRecommendedAndNeverTheSame) {
  const Pkce one = make_pkce(), other = make_pkce();
  EXPECT_EQ(one.verifier.size(), 43U);
  EXPECT_EQ(one.challenge, pkce_challenge(one.verifier));
  EXPECT_NE(one.verifier, other.verifier);
}

AuthorizationRequest request() {
  return {"https://chat.auth.eu-west-1.amazoncognito.com",
          "client",
          "http://localhost:8400/callback",
          "state",
          "nonce",
          "challenge",
          "",
          ""};
}

TEST(AuthorizationUrl, NamesWhatTheEndpointWants) {
  EXPECT_EQ(authorization_url(request()),
            "https://chat.auth.eu-west-1.amazoncognito.com/oauth2/authorize?response_type=code&client_id=client"
            "&redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fcallback&scope=openid%20email%20profile&state=state"
            "&nonce=nonce&code_challenge=challenge&code_challenge_method=S256");
}

TEST(AuthorizationUrl, MayNameAProviderAndAUser) {
  AuthorizationRequest wanted = request();
  wanted.provider = "Google";
  wanted.login_hint = "ann&co";
  EXPECT_THAT(authorization_url(wanted), HasSubstr("&identity_provider=Google&login_hint=ann%26co"));
}

TEST(Redirect, HoldsTheCodeWhenTheStateIsOurs) {
  const Redirect redirect = read_redirect("/callback?code=c%2Bd&state=s", "s");
  EXPECT_TRUE(redirect.ours);
  EXPECT_EQ(redirect.code, "c+d");
}

TEST(Redirect, IsNotOursWithAnotherState) {
  for (const char* target : {"/callback?code=c&state=t", "/callback?code=c", "/callback", "/callback?%zz&state=s"})
    EXPECT_FALSE(read_redirect(target, "s").ours) << target;
}

TEST(Redirect, SaysWhyNoCodeCame) {
  EXPECT_EQ(read_redirect("/?error=access_denied&error_description=No+way%1b%5b2J&state=s", "s").error,
            "access_denied: No way\\x1b[2J");
  EXPECT_EQ(read_redirect("/?state=s", "s").error, "no code came back");
}

class ExchangeTest : public ::testing::Test {
 protected:
  CodeExchange exchange(std::string secret = {}) {
    return {server_.url(),  "",    "client", std::move(secret), "http://localhost:1/cb", "the-code",
            "the-verifier", "n-1", {}};
  }
  static std::string token(const std::string& nonce) {
    static const std::string kKey = make_rsa_key();
    return sign_token(R"({"sub":"s","exp":4102444800,"token_use":"id","nonce":")" + nonce + "\"}", "k", kKey);
  }
  static std::string tokens(const std::string& nonce) {
    return R"({"id_token":")" + token(nonce) + R"(","access_token":"a","refresh_token":"r","expires_in":3600,)" +
           R"("token_type":"Bearer"})";
  }
  std::string refusal(int status, const std::string& body) {
    server_.expect(status, body);
    try {
      exchange_code(http_, exchange());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kRefused);
      return std::string(error.what()) + " / " + error.hint();
    }
    return "accepted";
  }

  wsdeep::testing::ScriptedHttpServer server_;
  net::HttpClient http_;
};

TEST_F(ExchangeTest, SendsCodeAndVerifierAndReadsTheTokens) {
  server_.expect(200, tokens("n-1"));
  const aws::AuthResult result = exchange_code(http_, exchange());
  EXPECT_EQ(result.access_token, "a");
  EXPECT_EQ(result.refresh_token, "r");
  EXPECT_EQ(result.expires_in, 3600);
  const net::HttpRequest sent = server_.last_request();
  EXPECT_EQ(sent.method + " " + sent.target, "POST /oauth2/token");
  EXPECT_EQ(sent.body,
            "grant_type=authorization_code&client_id=client&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcb&code=the-code"
            "&code_verifier=the-verifier");
  EXPECT_FALSE(net::header(sent.headers, "Authorization"));
}

TEST_F(ExchangeTest, ProvesAClientSecretInTheHeaderOnly) {
  server_.expect(200, tokens("n-1"));
  exchange_code(http_, exchange("hush"));
  const net::HttpRequest sent = server_.last_request();
  EXPECT_EQ(net::header(sent.headers, "Authorization"), "Basic " + base64("client:hush"));
  EXPECT_THAT(sent.body, Not(HasSubstr("hush")));
}

TEST_F(ExchangeTest, RefusesTokensOfAnotherRequest) {
  EXPECT_THAT(refusal(200, tokens("n-2")), HasSubstr("does not belong to this sign-in"));
}

TEST_F(ExchangeTest, SaysWhyThePoolRefuses) {
  EXPECT_EQ(refusal(400, R"({"error":"invalid_grant"})"),
            "the pool does not give tokens for this sign-in: invalid_grant / sign in again with: wsdeep login --web");
  EXPECT_THAT(refusal(401, R"({"error":"invalid_client","error_description":"bad"})"),
              HasSubstr("invalid_client: bad / set WSDEEP_CLIENT_SECRET"));
  EXPECT_THAT(refusal(502, "<html>"), HasSubstr("HTTP 502"));
}

TEST_F(ExchangeTest, RefusesAnAnswerWithoutTokens) {
  server_.expect(200, "{}");
  EXPECT_THROW(exchange_code(http_, exchange()), Error);
}

}  // namespace
}  // namespace wsdeep::auth
