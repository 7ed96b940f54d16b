#include "auth/shared_secret.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"

namespace wsdeep::auth {
namespace {

constexpr std::int64_t kJudgedAt = 1'700'000'000;
const SharedSecretRules kRules{"https://old.example", "a secret that is long enough to be one"};

std::string signed_with(std::string_view secret, std::string_view header, std::string_view claims) {
  const std::string text = base64url(header) + "." + base64url(claims);
  return text + "." + base64url(hmac_sha256(secret, text));
}

TokenVerdict judged(const std::string& claims, std::string_view header = R"({"alg":"HS256"})",
                    std::string_view secret = kRules.secret) {
  return verify_shared_secret(signed_with(secret, header, claims), kRules, from_epoch_ms(kJudgedAt * 1000));
}

TEST(SharedSecret, AcceptsWhatItsIssuerSigned) {
  const TokenVerdict verdict =
      judged(R"({"iss":"https://old.example","sub":"u","username":"n","email":"e","iat":1700000030,"exp":1700000001})");
  EXPECT_EQ(verdict.fault, TokenFault::kNone);
  EXPECT_EQ(verdict.claims.subject, "u");
  EXPECT_EQ(verdict.claims.email, "e");
}

TEST(SharedSecret, TakesTheUsernameForASubject) {
  EXPECT_EQ(judged(R"({"iss":"https://old.example","username":"n","exp":1700000001})").claims.subject, "n");
  EXPECT_EQ(judged(R"({"iss":"https://old.example","exp":1700000001})").fault, TokenFault::kSubject);
}

TEST(SharedSecret, RefusesTokensThatAreForSomethingElse) {
  const auto used_for = [](const std::string& use) {
    return judged(R"({"iss":"https://old.example","sub":"u","exp":1700000001,"token_use":")" + use + "\"}").fault;
  };
  EXPECT_EQ(used_for("id"), TokenFault::kNone);
  EXPECT_EQ(used_for("access"), TokenFault::kNone);
  EXPECT_EQ(used_for("refresh"), TokenFault::kTokenUse);
}

TEST(SharedSecret, KnowsThePoolsUsersByTheirForm) {
  EXPECT_TRUE(is_pool_subject("53a9e814-3b8e-43e3-a910-8128b3bb8b9c"));
  for (const char* other : {"", "u-7", "53A9E814-3B8E-43E3-A910-8128B3BB8B9C", "53a9e814-3b8e-43e3-a910-8128b3bb8b9",
                            "53a9e814-3b8e-43e3-a910-8128b3bb8b9cc", "53a9e814-3b8e-43e3-a910-8128b3bb8b9g",
                            "53a9e81403b8e-43e3-a910-8128b3bb8b9c"})
    EXPECT_FALSE(is_pool_subject(other)) << other;
}

TEST(SharedSecret, RefusesEverythingElse) {
  const std::string good = R"({"iss":"https://old.example","sub":"u","exp":1700000001})";
  EXPECT_EQ(judged(good, R"({"alg":"none"})").fault, TokenFault::kAlgorithm);
  EXPECT_EQ(judged(good, R"({"alg":"HS384"})").fault, TokenFault::kAlgorithm);
  EXPECT_EQ(judged(good, R"({"alg":"RS256","kid":"k"})").fault, TokenFault::kAlgorithm);
  EXPECT_EQ(judged(good, R"({"alg":"HS256","crit":["x"]})").fault, TokenFault::kMalformed);
  EXPECT_EQ(judged(good, R"({"alg":"HS256"})", "another secret").fault, TokenFault::kSignature);
  EXPECT_EQ(judged(R"({"iss":"https://else.example","sub":"u","exp":1700000001})").fault, TokenFault::kIssuer);
  EXPECT_EQ(judged(R"({"sub":"u","exp":1700000001})").fault, TokenFault::kIssuer);
  EXPECT_EQ(judged(R"({"iss":"https://old.example","sub":"u","exp":1700000000})").fault, TokenFault::kExpired);
  EXPECT_EQ(judged(R"({"iss":"https://old.example","sub":"u","exp":1800000000,"nbf":1700000061})").fault,
            TokenFault::kNotYetValid);
  EXPECT_EQ(judged(R"({"iss":"https://old.example","sub":"u"})").fault, TokenFault::kMalformed);
  EXPECT_EQ(verify_shared_secret("a.b", kRules, from_epoch_ms(0)).fault, TokenFault::kMalformed);
}

}  // namespace
}  // namespace wsdeep::auth
