#include "auth/exchange/cookies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/token_sources.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Not;
using ::testing::StartsWith;

/// What a browser that kept `cookies` sends: those with a value.
net::Headers sent_back(const std::vector<std::string>& cookies) {
  std::string header;
  for (const std::string& cookie : cookies) {
    const std::string pair = cookie.substr(0, cookie.find(';'));
    if (!pair.ends_with('=')) header += (header.empty() ? "" : "; ") + pair;
  }
  return {{"Cookie", header}};
}

constexpr std::chrono::seconds kHour{3600};

TEST(SetCookie, HasAllAttributes) {
  EXPECT_EQ(set_cookie("a", "b", {"/auth", SameSite::kLax, kHour, true, "example.com"}),
            "a=b; Path=/auth; Max-Age=3600; HttpOnly; Domain=example.com; Secure; SameSite=Lax");
  EXPECT_EQ(set_cookie("a", "", {"/", SameSite::kStrict, std::chrono::seconds(0), false}),
            "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
}

TEST(CookieValue, HoldsNothingThatCouldBeginAnAttributeOrAHeader) {
  EXPECT_TRUE(is_cookie_value("eyJ.a-b_c=="));
  for (const char* bad : {"a;b", "a b", "a\r\nSet-Cookie: x", "a\"", "a,b", "a\\b", "\x7f", "\xc3\xa9"})
    EXPECT_FALSE(is_cookie_value(bad)) << bad;
}

TEST(TokenCookies, TakeTheIdTokenWhenItFits) {
  const auto set = token_cookies("ID", "ACCESS", kHour, {true, "example.com"});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->carrier, Carrier::kIdToken);
  EXPECT_THAT(set->cookies,
              ElementsAre("id_token=ID; Path=/; Max-Age=3600; HttpOnly; Domain=example.com; Secure; SameSite=Strict",
                          StartsWith("id_token.0=; "), StartsWith("id_token.1=; ")));
  EXPECT_EQ(find_token(sent_back(set->cookies), {}, false), "ID");
}

TEST(TokenCookies, FillACookieToItsLastByteWithItsAttributes) {
  const CookiePlace place{true, "example.com"};
  const std::size_t attributes = set_cookie("id_token", "", {"/", SameSite::kStrict, kHour, true, place.domain}).size();
  const std::string fits(kMaxCookieBytes - attributes, 'i'), too_long(fits.size() + 1, 'i');
  EXPECT_EQ(token_cookies(fits, "ACCESS", kHour, place)->carrier, Carrier::kIdToken);
  EXPECT_EQ(token_cookies(too_long, "ACCESS", kHour, place)->carrier, Carrier::kAccessToken);
}

TEST(TokenCookies, SplitWhatFitsInNoneAndTheAuthorizerReadsIt) {
  for (const std::size_t size : {std::size_t{4200}, std::size_t{4201}, kMaxTokenInCookies}) {
    const std::string id(size, 'i'), access(size, 'a');
    const auto set = token_cookies(id, access, kHour, {false, ""});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->carrier, Carrier::kSplitIdToken);
    for (const std::string& cookie : set->cookies) EXPECT_LE(cookie.size(), kMaxCookieBytes);
    EXPECT_THAT(set->cookies,
                ElementsAre(StartsWith("id_token.0=i"), StartsWith("id_token.1=i"), StartsWith("id_token=;")));
    EXPECT_EQ(find_token(sent_back(set->cookies), {}, false), id);
  }
}

TEST(TokenCookies, SplitTheAccessTokenWhenTheIdTokenIsTooLargeForTwo) {
  const std::string id(kMaxTokenInCookies + 1, 'i'), access(5000, 'a');
  EXPECT_EQ(token_cookies(id, access, kHour, {})->carrier, Carrier::kSplitAccessToken);
  EXPECT_EQ(token_cookies(id, id, kHour, {}), std::nullopt);
}

TEST(TokenCookies, EndUnderEachNameThatTheyMayHave) {
  EXPECT_THAT(end_token_cookies({true, "example.com"}),
              ElementsAre("id_token=; Path=/; Max-Age=0; HttpOnly; Domain=example.com; Secure; SameSite=Strict",
                          StartsWith("id_token.0=; "), StartsWith("id_token.1=; ")));
}

TEST(RefreshCookie, GoesToTheExchangeAlone) {
  EXPECT_EQ(refresh_cookie("R", true),
            "__Secure-wsdeep-refresh=R; Path=/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict");
  EXPECT_EQ(refresh_cookie("R", false), "wsdeep-refresh=R; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Strict");
  EXPECT_EQ(refresh_cookie(std::string(kMaxCookieBytes, 'r'), true), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::auth::exchange
