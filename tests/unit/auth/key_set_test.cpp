#include <gtest/gtest.h>

#include "auth/jwt.h"
#include "base/encoding.h"
#include "base/error.h"
#include "base/text.h"
#include "support/test_keys.h"

namespace wsdeep::auth {
namespace {

std::string jwks(const std::vector<std::string>& keys) {
  return "{\"keys\":[" + join(keys, ",") + "]}";
}

/// `jwk` with `from` replaced by `to`.
std::string changed(std::string jwk, std::string_view from, std::string_view to) {
  const std::size_t at = jwk.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return jwk.replace(at, from.size(), to);
}

TEST(KeySet, VerifiesRfc7515sExample) {
  // RFC 7515 appendix A.2: an RS256 signature made by somebody else.
  const KeySet keys = KeySet::parse(jwks(
      {R"({"kty":"RSA","kid":"rfc","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})"}));
  EXPECT_TRUE(keys.verify(
      "rfc",
      "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnV"
      "lfQ",
      from_base64url(
          "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbd"
          "s9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0G"
          "arZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6Lb"
          "gGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw")
          .value()));
}

TEST(KeySet, IgnoresKeysThatAreNotForUs) {
  const std::string good = public_jwk(testing::rsa_key(), "good");
  const std::string other = public_jwk(testing::other_rsa_key(), "other");
  const KeySet keys = KeySet::parse(jwks(
      {good, changed(other, "\"RSA\"", "\"EC\""), changed(other, "\"sig\"", "\"enc\""),
       changed(other, "\"RS256\"", "\"RS512\""), changed(other, "\"AQAB\"", "\"AQ\""),
       changed(other, "\"AQAB\"", "\"!\""), changed(other, "\"other\"", "\"\""), changed(other, "\"kid\"", "\"id\""),
       R"({"kty":"RSA","kid":"small","n":"u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0g","e":"AQAB"})",
       R"({"kty":"RSA","kid":"no numbers"})", R"({"kty":"oct","k":"AAAA","kid":"secret"})",
       changed(other, "other", "good")}));
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_TRUE(keys.contains("good"));
  EXPECT_FALSE(keys.contains("other"));
  EXPECT_FALSE(keys.verify("other", "text", std::string(256, 'x')));
}

TEST(KeySet, TakesKeysWithoutUseAndAlgorithm) {
  const std::string jwk = public_jwk(testing::rsa_key(), "k");
  EXPECT_TRUE(KeySet::parse(jwks({changed(changed(jwk, "\"use\"", "\"x\""), "\"alg\"", "\"y\"")})).contains("k"));
}

TEST(KeySet, RefusesWhatIsNoKeySet) {
  for (const char* bad : {"", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[1]}", "<html>", "{\"keys\":[{\"kty\":7}]}"})
    EXPECT_THROW(KeySet::parse(bad), Error) << bad;
  EXPECT_THROW(KeySet::parse(jwks(std::vector<std::string>(101, "{}"))), Error);
  EXPECT_THROW(KeySet::parse(std::string((1 << 20) + 1, ' ')), Error);
  EXPECT_EQ(KeySet::parse("{\"keys\":[]}").size(), 0u);
}

}  // namespace
}  // namespace wsdeep::auth
