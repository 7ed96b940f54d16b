#include "base/text.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep {
namespace {

TEST(Utf8, AcceptsEveryLengthAndRefusesWhatRfc3629Refuses) {
  EXPECT_TRUE(is_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  for (const char* bad :
       {"\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82", "\xFF"})
    EXPECT_FALSE(is_utf8(bad)) << hex(bad);
}

TEST(Utf8, CountsCodePoints) {
  EXPECT_EQ(utf8_length("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), 4u);
}

TEST(StripControl, KeepsTabAndNewlineOnly) {
  EXPECT_EQ(strip_control("a\tb\nc\rd\x1b[31m\x7f\xC2\x9B\xC2\xA9"), "a\tb\ncd[31m\xC2\xA9");
}

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

TEST(ParseUrl, SplitsEveryPart) {
  const Url url = parse_url("WSS://[::1]:8443/prod?x=1#frag");
  EXPECT_EQ(url.scheme, "wss");
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/prod?x=1");
  EXPECT_EQ(url.authority(), "[::1]:8443");
  EXPECT_EQ(parse_url("https://example.com").authority(), "example.com");
  EXPECT_EQ(parse_url("https://example.com?a=b").target, "/?a=b");
}

TEST(ParseUrl, RefusesWhatIsNotOne) {
  for (const char* bad : {"example.com", "ftp://x", "http://", "http://u:p@h/", "http://h:0/", "http://h:99999/",
                          "http://h/a b", "http://[::1"})
    EXPECT_THROW(parse_url(bad), Error) << bad;
}

TEST(Closest, FindsANearMissOnly) {
  const std::vector<std::string> commands{"deploy", "destroy", "diff"};
  EXPECT_EQ(closest("depoly", commands), "deploy");
  EXPECT_EQ(closest("dfif", commands), "diff");
  EXPECT_EQ(closest("xyz", commands), std::nullopt);
}

TEST(ParseInteger, TakesWholeNumbersInRangeOnly) {
  EXPECT_EQ(parse_integer("42", 0, 100), 42);
  for (const char* bad : {"", " 42", "42 ", "4x", "101", "-1", "99999999999999999999"})
    EXPECT_FALSE(parse_integer(bad, 0, 100)) << bad;
}

TEST(JsonEscape, EscapesWhatJsonMust) {
  EXPECT_EQ(json_escape("a\"\\\n\x01é"), "a\\\"\\\\\\n\\u0001é");
}

TEST(Cut, KeepsWhatFitsAndMarksTheRest) {
  EXPECT_EQ(cut_end("grüße", 5), "grüße");
  EXPECT_EQ(cut_end("grüße", 4), "grü…");
  EXPECT_EQ(cut_end("grüße", 1), "…");
  EXPECT_EQ(cut_middle("arn:aws:ö-tail", 9), "arn:…tail");
  EXPECT_EQ(cut_middle("abcdef", 4), "ab…f");
  EXPECT_EQ(cut_middle("ab", 1), "…");
  for (const auto cut : {cut_end, cut_middle})
    EXPECT_EQ(cut("as it is, without a screen", 0), "as it is, without a screen");
}

TEST(Wrap, BreaksAtBlanksAndIndentsTheRest) {
  EXPECT_EQ(wrap("  reason  one two three", 15, 4), "  reason  one\n    two three");
  EXPECT_EQ(wrap("exactly fit", 11, 2), "exactly fit");
  EXPECT_EQ(wrap("a-word-that-is-too-long b", 10, 2), "a-word-that-is-too-long\n  b");
  EXPECT_EQ(wrap("ü ü ü", 3, 0), "ü ü\nü");
  EXPECT_EQ(wrap("no screen, no end of the line", 0, 2), "no screen, no end of the line");
  EXPECT_EQ(wrap("", 10, 2), "");
}

TEST(HumanBytes, UsesDecimalUnits) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1'250'000), "1.2 MB");
}

}  // namespace
}  // namespace wsdeep
