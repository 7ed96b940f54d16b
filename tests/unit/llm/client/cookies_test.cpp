#include "llm/client/cookies.h"

#include <gtest/gtest.h>

namespace wsdeep::llm {
namespace {

TEST(CookieJar, DropsAttributesAndKeepsNameAndValue) {
  CookieJar jar;
  jar.take("AWSALB=abc+/=; Expires=Mon, 26 Feb 2024 07:11:42 GMT; Path=/; Secure; HttpOnly");
  EXPECT_EQ(jar.header(), "AWSALB=abc+/=");
}

TEST(CookieJar, JoinsSeveralCookies) {
  CookieJar jar("a=1");
  jar.take("b=2; Path=/");
  EXPECT_EQ(jar.header(), "a=1; b=2");
}

TEST(CookieJar, ReplacesACookieThatIsSetAgain) {
  CookieJar jar("a=1; b=2");
  jar.take("a=3");
  EXPECT_EQ(jar.header(), "a=3; b=2");
}

TEST(CookieJar, RemovesACookieThatExpires) {
  CookieJar jar("a=1; b=2; c=3");
  jar.take("a=gone; max-age=0");
  jar.take("b=; Path=/");
  EXPECT_EQ(jar.header(), "c=3");
}

TEST(CookieJar, LeavesOutWhatMetadataCannotCarry) {
  CookieJar jar;
  for (const char* hostile : {"a=\x01", "a=\xC3\xA4", "a\r\nx=1", "=nameless", "no-equals", "", ";;;", "a=x y"})
    jar.take(hostile);
  EXPECT_EQ(jar.header(), "");
}

TEST(CookieJar, BoundsWhatAServerMayStore) {
  CookieJar jar;
  jar.take("long=" + std::string(2000, 'x'));
  for (int i = 0; i < 100; ++i) jar.take("c" + std::to_string(i) + "=1");
  EXPECT_EQ(jar.header(), "c0=1; c1=1; c2=1; c3=1");
}

TEST(CookieJar, IgnoresAStoredHeaderThatIsTooLong) {
  std::string stored(100'000, 'a');
  stored += "=1";
  EXPECT_EQ(CookieJar(stored).header(), "");
}

}  // namespace
}  // namespace wsdeep::llm
