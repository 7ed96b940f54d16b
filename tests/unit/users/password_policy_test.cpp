#include "users/password_policy.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/text.h"

namespace wsdeep::users {
namespace {

constexpr aws::PasswordPolicy kStrict{8, true, true, true, true};

std::string missing(const aws::PasswordPolicy& policy, std::string_view password) {
  return join(missing_from(policy, password), ", ");
}

TEST(PasswordPolicy, SaysWhatIsMissing) {
  EXPECT_EQ(missing(kStrict, "Passw0rd!"), "");
  EXPECT_EQ(missing(kStrict, "passw0rd!"), "an upper-case letter");
  EXPECT_EQ(missing(kStrict, "PASSW0RD!"), "a lower-case letter");
  EXPECT_EQ(missing(kStrict, "Password!"), "a digit");
  EXPECT_EQ(missing(kStrict, "Passw0rds"), "a symbol");
  EXPECT_EQ(missing(kStrict, "Pw0!"), "at least 8 characters");
  EXPECT_EQ(missing({6, false, false, false, false}, "abcdef"), "");
}

TEST(PasswordPolicy, CountsCharactersAndNotBytes) {
  EXPECT_EQ(missing({4, false, false, false, false}, "\xC3\xA9\xC3\xA9\xC3\xA9"), "at least 4 characters");
  EXPECT_EQ(missing({3, false, false, false, false}, "\xC3\xA9\xC3\xA9\xC3\xA9"), "");
}

TEST(PasswordPolicy, RefusesBlanksAndExcessOfLength) {
  EXPECT_EQ(missing(kStrict, "Passw0rd! "), "no blanks");
  EXPECT_EQ(missing(kStrict, "Passw0rd!" + std::string(300, 'x')), "at most 256 bytes");
}

TEST(PasswordPolicy, IsStatedWithoutThePassword) {
  try {
    require_policy(kStrict, "hunter2");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    EXPECT_NE(error.hint().find("at least 8 characters, an upper-case letter, a lower-case letter, a digit, a symbol"),
              std::string::npos);
  }
}

TEST(PasswordPolicy, IsKeptByGeneratedPasswords) {
  for (const int length : {0, 8, 99, 256})
    for (int i = 0; i < 20; ++i) {
      const std::string password = generate_password({length, true, true, true, true});
      EXPECT_EQ(missing({length, true, true, true, true}, password), "") << password;
      EXPECT_GE(password.size(), 20U);
    }
  EXPECT_NE(generate_password(kStrict), generate_password(kStrict));
}

}  // namespace
}  // namespace wsdeep::users
