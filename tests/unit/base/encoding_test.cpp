#include "base/encoding.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(from_base64(base64(bytes)), bytes);
    EXPECT_EQ(from_base64url(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64, RefusesStrayBitsPaddingAndForeignCharacters) {
  EXPECT_EQ(base64("ab"), "YWI=");
  for (const char* bad : {"YWI", "YW==I", "YWJ=", "Y WI", "YW-_", "===="}) EXPECT_FALSE(from_base64(bad)) << bad;
  for (const char* bad : {"YWI=", "YWJ", "Y", "YW+/"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(Percent, EncodesAndDecodes) {
  EXPECT_EQ(percent_encode("a b/c=~%"), "a%20b%2Fc%3D~%25");
  EXPECT_EQ(percent_encode("a/b", "/"), "a/b");
  EXPECT_EQ(percent_decode("a%20b+c"), "a b+c");
  EXPECT_EQ(percent_decode("a%20b+c", true), "a b c");
  EXPECT_FALSE(percent_decode("%2"));
  EXPECT_FALSE(percent_decode("%zz"));
}

TEST(JsonEscape, EscapesWhatJsonMust) {
  EXPECT_EQ(json_escape("a\"\\\n\x01é"), "a\\\"\\\\\\n\\u0001é");
}

TEST(HtmlEscape, LeavesNothingThatCouldBeginATagOrEndAnAttribute) {
  EXPECT_EQ(html_escape("<a href=\"x\">'&</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace wsdeep
