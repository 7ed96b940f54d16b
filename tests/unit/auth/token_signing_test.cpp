#include <gtest/gtest.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "support/test_keys.h"

namespace wsdeep::auth {
namespace {

TEST(SignToken, MakesThreePartsThatTheKeyVerifies) {
  const std::string token = sign_token(R"({"a":1})", "k\"1", testing::rsa_key());
  const auto parts = split(token, '.');
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(from_base64url(parts[0]), R"({"kid":"k\"1","alg":"RS256"})");
  EXPECT_EQ(from_base64url(parts[1]), R"({"a":1})");
  const KeySet keys = KeySet::parse(R"({"keys":[)" + public_jwk(testing::rsa_key(), "k\"1") + "]}");
  const std::string signature = from_base64url(parts[2]).value();
  EXPECT_TRUE(keys.verify("k\"1", token.substr(0, token.rfind('.')), signature));
  EXPECT_FALSE(keys.verify("k\"1", token, signature));
}

TEST(MakeRsaKey, MakesAnotherKeyEachTime) {
  EXPECT_TRUE(testing::rsa_key().starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_NE(testing::rsa_key(), testing::other_rsa_key());
}

TEST(PublicJwk, HoldsNothingPrivate) {
  const std::string jwk = public_jwk(testing::rsa_key(), "k");
  EXPECT_TRUE(jwk.starts_with(R"({"kty":"RSA","alg":"RS256","use":"sig","kid":"k","n":")"));
  EXPECT_TRUE(jwk.ends_with(R"(","e":"AQAB"})"));
  EXPECT_EQ(jwk.find("\"d\""), std::string::npos);
}

TEST(SigningKeys, AreRefusedWhenTheyAreNone) {
  for (const char* bad : {"", "rubbish", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                          "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"}) {
    EXPECT_THROW(sign_token("{}", "k", bad), Error) << bad;
    EXPECT_THROW(public_jwk(bad, "k"), Error) << bad;
  }
}

}  // namespace
}  // namespace wsdeep::auth
