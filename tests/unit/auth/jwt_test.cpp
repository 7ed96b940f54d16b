#include "auth/jwt.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "support/test_keys.h"

namespace wsdeep::auth {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'708'326'702;
constexpr const char* kIssuer = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Test";

const KeySet& keys() {
  static const KeySet set = KeySet::parse(R"({"keys":[)" + public_jwk(testing::rsa_key(), "kid-1") + "]}");
  return set;
}

json id_claims() {
  return {{"sub", "u-1"},
          {"aud", "client-1"},
          {"token_use", "id"},
          {"cognito:username", "ann"},
          {"cognito:groups", {"ops", "dev"}},
          {"email", "ann@example.com"},
          {"email_verified", true},
          {"iss", kIssuer},
          {"iat", kNow - 10},
          {"exp", kNow + 3600},
          {"jti", "j-1"},
          {"identities", {{{"userId", "7"}, {"primary", true}}}}};
}

json access_claims() {
  return {{"sub", "u-1"}, {"client_id", "client-1"}, {"token_use", "access"}, {"username", "ann"}, {"iss", kIssuer},
          {"iat", kNow},  {"exp", kNow + 60},        {"scope", "openid"}};
}

std::string token_of(const json& claims, const char* kid = "kid-1") {
  return sign_token(claims.dump(), kid, testing::rsa_key());
}

TokenVerdict verify(const std::string& token) {
  return verify_token(token, keys(), {kIssuer, {"client-0", "client-1"}}, from_epoch_ms(kNow * 1000));
}

/// The fault of an ID token with `name` changed to `value`.
TokenFault fault_with(const char* name, const json& value) {
  json claims = id_claims();
  claims[name] = value;
  return verify(token_of(claims)).fault;
}

/// A token whose header is `header`, signed as RS256 whatever it says.
std::string with_header(const std::string& header) {
  const std::string good = token_of(id_claims());
  return base64url(header) + good.substr(good.find('.'));
}

TEST(VerifyToken, AcceptsAnIdToken) {
  const json claims = id_claims();
  const TokenVerdict verdict = verify(token_of(claims));
  EXPECT_EQ(verdict.fault, TokenFault::kNone);
  EXPECT_EQ(verdict.kid, "kid-1");
  EXPECT_EQ(verdict.claims.subject, "u-1");
  EXPECT_EQ(verdict.claims.username, "ann");
  EXPECT_EQ(verdict.claims.email, "ann@example.com");
  EXPECT_EQ(verdict.claims.client_id, "client-1");
  EXPECT_EQ(verdict.claims.groups, (std::vector<std::string>{"ops", "dev"}));
  EXPECT_EQ(verdict.claims.issued_at, kNow - 10);
  EXPECT_EQ(verdict.claims.expires_at, kNow + 3600);
  EXPECT_EQ(verdict.claims.jti, "j-1");
  EXPECT_EQ(json::parse(verdict.claims.json), claims);
}

TEST(VerifyToken, AcceptsAnAccessTokenByItsClientId) {
  const TokenVerdict verdict = verify(token_of(access_claims()));
  EXPECT_EQ(verdict.fault, TokenFault::kNone);
  EXPECT_EQ(verdict.claims.username, "ann");
  EXPECT_EQ(verdict.claims.client_id, "client-1");
  json claims = access_claims();
  claims["client_id"] = "another";
  claims["aud"] = "client-1";
  EXPECT_EQ(verify(token_of(claims)).fault, TokenFault::kAudience) << "aud means nothing in an access token";
}

TEST(VerifyToken, AcceptsAnAudienceInAList) {
  json claims = id_claims();
  claims["aud"] = {"else", "client-1"};
  const TokenVerdict verdict = verify(token_of(claims));
  EXPECT_EQ(verdict.fault, TokenFault::kNone);
  EXPECT_EQ(verdict.claims.client_id, "client-1");
  EXPECT_EQ(fault_with("aud", json::array()), TokenFault::kAudience);
}

TEST(VerifyToken, RefusesOtherAlgorithms) {
  const std::string claims = base64url(id_claims().dump());
  EXPECT_EQ(verify(base64url(R"({"alg":"none"})") + "." + claims + ".").fault, TokenFault::kAlgorithm);
  EXPECT_EQ(verify(base64url(R"({"alg":"NONE","kid":"kid-1"})") + "." + claims + ".AAAA").fault,
            TokenFault::kAlgorithm);
  const std::string signed_text = base64url(R"({"alg":"HS256","kid":"kid-1"})") + "." + claims;
  const std::string public_key = public_jwk(testing::rsa_key(), "kid-1");
  EXPECT_EQ(verify(signed_text + "." + base64url(hmac_sha256(public_key, signed_text))).fault, TokenFault::kAlgorithm);
  for (const char* algorithm : {"RS384", "PS256", "rs256", "", "RS256 "})
    EXPECT_EQ(verify(with_header(json{{"alg", algorithm}, {"kid", "kid-1"}}.dump())).fault, TokenFault::kAlgorithm)
        << algorithm;
}

TEST(VerifyToken, RefusesWrongKeysAndSignatures) {
  EXPECT_EQ(verify(token_of(id_claims(), "kid-2")).fault, TokenFault::kUnknownKey);
  EXPECT_EQ(verify(sign_token(id_claims().dump(), "kid-1", testing::other_rsa_key())).fault, TokenFault::kSignature);
  const std::string good = token_of(id_claims());
  json claims = id_claims();
  claims["sub"] = "u-2";
  const std::string forged =
      good.substr(0, good.find('.') + 1) + base64url(claims.dump()) + good.substr(good.rfind('.'));
  EXPECT_EQ(verify(forged).fault, TokenFault::kSignature);
  EXPECT_EQ(verify(forged).claims.subject, "u-2") << "a refused token is still readable, for the log";
  std::string flipped = good;
  flipped[flipped.size() - 20] = flipped[flipped.size() - 20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(verify(flipped).fault, TokenFault::kSignature);
  EXPECT_EQ(verify(good.substr(0, good.size() - 2)).fault, TokenFault::kSignature);
}

TEST(VerifyToken, RefusesWrongClaims) {
  EXPECT_EQ(fault_with("iss", std::string(kIssuer) + "/"), TokenFault::kIssuer);
  EXPECT_EQ(fault_with("aud", "client-2"), TokenFault::kAudience);
  EXPECT_EQ(fault_with("token_use", "refresh"), TokenFault::kTokenUse);
  EXPECT_EQ(fault_with("exp", kNow), TokenFault::kExpired);
  EXPECT_EQ(fault_with("exp", kNow + 1), TokenFault::kNone);
  EXPECT_EQ(fault_with("nbf", kNow + 61), TokenFault::kNotYetValid);
  EXPECT_EQ(fault_with("nbf", kNow + 60), TokenFault::kNone);
  EXPECT_EQ(fault_with("iat", kNow + 61), TokenFault::kNotYetValid);
  const TokenRules id_only{kIssuer, {"client-1"}, {"id"}};
  EXPECT_EQ(verify_token(token_of(access_claims()), keys(), id_only, from_epoch_ms(kNow * 1000)).fault,
            TokenFault::kTokenUse);
}

TEST(VerifyToken, RefusesATokenThatIsNobodys) {
  EXPECT_EQ(fault_with("sub", ""), TokenFault::kSubject);
  for (json claims : {id_claims(), access_claims()}) {
    claims.erase("sub");
    EXPECT_EQ(verify(token_of(claims)).fault, TokenFault::kSubject) << claims;
  }
}

TEST(VerifyToken, RefusesClaimsOfTheWrongTypeMissingOrTwice) {
  const std::vector<std::pair<const char*, json>> wrong{{"sub", 1},
                                                        {"iss", nullptr},
                                                        {"aud", 1},
                                                        {"aud", json::array({1})},
                                                        {"exp", "1"},
                                                        {"exp", 1.5},
                                                        {"iat", "x"},
                                                        {"nbf", true},
                                                        {"token_use", 7},
                                                        {"email", json::object()},
                                                        {"cognito:groups", "ops"},
                                                        {"jti", 1},
                                                        {"client_id", false}};
  for (const auto& [name, value] : wrong) EXPECT_EQ(fault_with(name, value), TokenFault::kMalformed) << name;
  json without = id_claims();
  without.erase("exp");
  EXPECT_EQ(verify(token_of(without)).fault, TokenFault::kMalformed);
  std::string twice = id_claims().dump();
  twice.insert(1, R"("sub":"admin",)");
  EXPECT_EQ(verify(sign_token(twice, "kid-1", testing::rsa_key())).fault, TokenFault::kMalformed);
  for (const char* text : {"", "[]", "null", "{", "{} {}", "{\"exp\":\xFF}"})
    EXPECT_EQ(verify(sign_token(text, "kid-1", testing::rsa_key())).fault, TokenFault::kMalformed) << text;
  EXPECT_EQ(verify(sign_token("{\"sub\":\"\xC0\x80\",\"exp\":1}", "kid-1", testing::rsa_key())).fault,
            TokenFault::kMalformed);
}

TEST(VerifyToken, RefusesHeadersThatAreNone) {
  for (const char* header :
       {"{}", R"({"kid":"kid-1"})", R"({"alg":"RS256"})", R"({"alg":"RS256","kid":""})", R"({"alg":7,"kid":"kid-1"})",
        R"({"alg":"RS256","kid":7})", R"({"alg":"RS256","kid":"kid-1","crit":["x"]})",
        R"({"alg":"none","alg":"RS256","kid":"kid-1"})", "[]", "x", ""})
    EXPECT_EQ(verify(with_header(header)).fault, TokenFault::kMalformed) << header;
}

TEST(VerifyToken, RefusesWhatIsNotThreeParts) {
  const std::string good = token_of(id_claims());
  const std::string without_signature = good.substr(0, good.rfind('.'));
  std::vector<std::string> bad{"",
                               ".",
                               "..",
                               "...",
                               "a.b.c",
                               without_signature,
                               without_signature + ".",
                               good + ".x",
                               good + "=",
                               " " + good,
                               good + "\n",
                               good.substr(good.find('.')),
                               "." + good};
  std::string stray = good;
  stray[5] = '+';
  bad.push_back(stray);
  for (const std::string& token : bad) EXPECT_EQ(verify(token).fault, TokenFault::kMalformed) << token;
}

TEST(VerifyToken, RefusesAHugeToken) {
  json claims = id_claims();
  claims["filler"] = std::string(8'000, 'x');
  EXPECT_EQ(verify(token_of(claims)).fault, TokenFault::kNone);
  claims["filler"] = std::string(12'000, 'x');
  EXPECT_EQ(verify(token_of(claims)).fault, TokenFault::kMalformed);
}

TEST(ReadToken, ReadsWithoutAcceptingAnything) {
  const auto read = read_token(sign_token(id_claims().dump(), "kid-9", testing::other_rsa_key()));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->kid, "kid-9");
  EXPECT_EQ(read->claims.username, "ann");
  EXPECT_FALSE(*read) << "a token that nobody verified must not look accepted";
  EXPECT_FALSE(read_token("a.b.c").has_value());
}

TEST(TokenFault, HasANameForEach) {
  EXPECT_EQ(name_of(TokenFault::kNone), "none");
  EXPECT_EQ(name_of(TokenFault::kKeysUnavailable), "keys_unavailable");
  EXPECT_EQ(name_of(TokenFault::kNotYetValid), "not_yet_valid");
}

}  // namespace
}  // namespace wsdeep::auth
