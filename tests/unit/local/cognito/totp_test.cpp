#include "local/cognito/totp.h"

#include <gtest/gtest.h>

namespace wsdeep::local {
namespace {

/// RFC 6238, appendix B: the SHA-1 rows, of whose eight digits the last six.
TEST(Totp, MakesTheCodesOfTheRfc) {
  const std::string secret = "12345678901234567890";
  EXPECT_EQ(totp_code(secret, 59 / 30), "287082");
  EXPECT_EQ(totp_code(secret, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(secret, 1111111111 / 30), "050471");
  EXPECT_EQ(totp_code(secret, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(secret, 2000000000 / 30), "279037");
  EXPECT_EQ(totp_code(secret, 20000000000 / 30), "353130");
}

TEST(Totp, AllowsOneStepOfDifference) {
  const std::string secret = "12345678901234567890";
  const SystemTime now = from_epoch_ms(1'700'000'000'000);
  const std::int64_t step = 1'700'000'000 / 30;
  for (const std::int64_t near : {step - 1, step, step + 1}) {
    const TotpVerdict verdict = check_totp(secret, totp_code(secret, near), now);
    EXPECT_TRUE(verdict.right);
    EXPECT_EQ(verdict.step, near);
  }
  for (const std::int64_t far : {step - 2, step + 2})
    EXPECT_FALSE(check_totp(secret, totp_code(secret, far), now).right);
  for (const char* wrong : {"", "12345", "abcdef", "1234567"}) EXPECT_FALSE(check_totp(secret, wrong, now).right);
}

/// RFC 4648 §10.
TEST(Totp, WritesSecretsInBase32) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("fo"), "MZXQ");
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
  for (const char* text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"}) EXPECT_EQ(from_base32(base32(text)), text);
  EXPECT_FALSE(from_base32("my"));
}

}  // namespace
}  // namespace wsdeep::local
