#include "auth/exchange/cookies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/token_sources.h"

namespace wsdeep::auth::exchange {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
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

LastingToken hour(std::string_view token) {
  return {token, kHour};
}

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
  const auto set = token_cookies(hour("ID"), hour("ACCESS"), {true, ""});
  ASSERT_TRUE(set);
  EXPECT_EQ(set->carrier, Carrier::kIdToken);
  EXPECT_THAT(set->cookies, ElementsAre(StartsWith("id_token.0=; "), StartsWith("id_token.1=; "),
                                        "id_token=ID; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict"));
  EXPECT_EQ(find_token(sent_back(set->cookies), {}, false), "ID");
}

TEST(TokenCookies, OfADomainEndThoseOfTheHostAloneFirst) {
  EXPECT_THAT(token_cookies(hour("ID"), hour("ACCESS"), {true, "example.com"})->cookies,
              ElementsAre("id_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
                          "id_token.0=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
                          "id_token.1=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
                          "id_token.0=; Path=/; Max-Age=0; HttpOnly; Domain=example.com; Secure; SameSite=Strict",
                          "id_token.1=; Path=/; Max-Age=0; HttpOnly; Domain=example.com; Secure; SameSite=Strict",
                          "id_token=ID; Path=/; Max-Age=3600; HttpOnly; Domain=example.com; Secure; SameSite=Strict"));
}

TEST(TokenCookies, LastAsLongAsTheTokenInThem) {
  const std::string large(4200, 'i');
  const auto set = token_cookies(hour(large), {"ACCESS", std::chrono::seconds(60)}, {});
  EXPECT_THAT(set->cookies.back(), StartsWith("id_token=ACCESS; Path=/; Max-Age=60;"));
}

TEST(TokenCookies, FillACookieToItsLastByteWithItsAttributes) {
  const CookiePlace place{true, "example.com"};
  const std::size_t attributes = set_cookie("id_token", "", {"/", SameSite::kStrict, kHour, true, place.domain}).size();
  const std::string fits(kMaxCookieBytes - attributes, 'i'), too_long(fits.size() + 1, 'i');
  EXPECT_EQ(token_cookies(hour(fits), hour("ACCESS"), place)->carrier, Carrier::kIdToken);
  EXPECT_EQ(token_cookies(hour(too_long), hour("ACCESS"), place)->carrier, Carrier::kAccessToken);
}

TEST(TokenCookies, SplitWhatFitsInNoneAndTheAuthorizerReadsIt) {
  for (const std::size_t size : {std::size_t{4200}, std::size_t{4201}, kMaxTokenInCookies}) {
    const std::string id(size, 'i'), access(size, 'a');
    const auto set = token_cookies(hour(id), hour(access), {false, ""});
    ASSERT_TRUE(set);
    EXPECT_EQ(set->carrier, Carrier::kSplitIdToken);
    for (const std::string& cookie : set->cookies) EXPECT_LE(cookie.size(), kMaxCookieBytes);
    EXPECT_THAT(set->cookies,
                ElementsAre(StartsWith("id_token=;"), StartsWith("id_token.0=i"), StartsWith("id_token.1=i")));
    EXPECT_EQ(find_token(sent_back(set->cookies), {}, false), id);
  }
}

TEST(TokenCookies, SplitTheAccessTokenWhenTheIdTokenIsTooLargeForTwo) {
  const std::string id(kMaxTokenInCookies + 1, 'i'), access(5000, 'a');
  EXPECT_EQ(token_cookies(hour(id), hour(access), {})->carrier, Carrier::kSplitAccessToken);
  EXPECT_FALSE(token_cookies(hour(id), hour(id), {}));
  EXPECT_FALSE(token_cookies(hour(id), hour(access), {}, access.size() - 1)) << "no room beside the refresh token";
}

TEST(TokenCookies, EndUnderEachNameThatTheyMayHave) {
  EXPECT_THAT(end_token_cookies({true, ""}),
              ElementsAre("id_token=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict",
                          StartsWith("id_token.0=; "), StartsWith("id_token.1=; ")));
  EXPECT_THAT(end_token_cookies({true, "example.com"}), SizeIs(6));
}

TEST(RefreshCookie, GoesToTheExchangeAlone) {
  EXPECT_THAT(refresh_cookies("R", true),
              ElementsAre("__Secure-wsdeep-refresh=R; Path=/auth; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict",
                          "__Host-wsdeep-renewal=jCV0iSBj-ZX991a84H9GwaUZPlTNUoN-2R4yAIzPQaw; Path=/; Max-Age=2592000; "
                          "HttpOnly; Secure; SameSite=Strict"));
  EXPECT_THAT(refresh_cookies("R", false),
              ElementsAre("wsdeep-refresh=R; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Strict",
                          StartsWith("wsdeep-renewal=")));
  for (const std::string& bad : {std::string(kMaxCookieBytes, 'r'), std::string(), std::string("a;b")})
    EXPECT_THAT(refresh_cookies(bad, true), IsEmpty()) << bad.size();
  for (const bool secure : {true, false}) {
    const auto set = refresh_cookies("R", secure), ended = end_refresh_cookies(secure);
    ASSERT_EQ(ended.size(), set.size());
    for (std::size_t i = 0; i < set.size(); ++i)
      EXPECT_THAT(ended[i],
                  AllOf(StartsWith(set[i].substr(0, set[i].find('=')) + "=; Path=/"), HasSubstr("Max-Age=0;")));
  }
}

TEST(RefreshToken, IsTheOneWhoseMarkOnlyWeCanHaveSet) {
  std::vector<std::string> cookies{"__Secure-wsdeep-refresh=other", "a=b"};
  EXPECT_EQ(find_refresh_token(cookies, true), "");
  for (const std::string& cookie : refresh_cookies("R", true)) cookies.push_back(cookie.substr(0, cookie.find(';')));
  EXPECT_EQ(find_refresh_token(cookies, true), "R");
  EXPECT_EQ(find_refresh_token(cookies, false), "");
  for (std::string& cookie : cookies)
    if (cookie.ends_with("=R")) cookie = "__Secure-wsdeep-refresh2=R";
  EXPECT_EQ(find_refresh_token(cookies, true), "");
  EXPECT_EQ(find_refresh_token({"__Secure-wsdeep-refresh=", "__Host-wsdeep-renewal="}, true), "");
}

}  // namespace
}  // namespace wsdeep::auth::exchange
