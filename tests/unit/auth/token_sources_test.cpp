#include "auth/token_sources.h"

#include <gtest/gtest.h>

namespace wsdeep::auth {
namespace {

using net::Headers;

TEST(FindToken, LooksAtItsSourcesInOrder) {
  Headers headers{{"authorization", "Bearer from-header"},
                  {"Cookie", "id_token=third; auth=second; authToken=first; other=x"}};
  const Headers query{{"token", "from-query"}};
  EXPECT_EQ(find_token(headers, query, true), "first");
  headers[1].second = "id_token=third; auth=second; authToken=";
  EXPECT_EQ(find_token(headers, query, true), "second");
  headers[1].second = "id_token=third";
  EXPECT_EQ(find_token(headers, query, true), "third");
  headers.pop_back();
  EXPECT_EQ(find_token(headers, query, true), "from-header");
  EXPECT_EQ(find_token({}, query, true), "from-query");
  EXPECT_EQ(find_token({}, query, false), std::nullopt);
  EXPECT_EQ(find_token({}, {{"Token", "x"}}, true), std::nullopt);
}

TEST(FindToken, JoinsATokenThatIsTooLargeForOneCookie) {
  const auto cookie = [](const char* value) {
    return find_token({{"Cookie", value}, {"Authorization", "Bearer h"}}, {}, false);
  };
  EXPECT_EQ(cookie("id_token.1=cd; id_token.0=ab"), "abcd");
  EXPECT_EQ(cookie("id_token.1=cd; id_token.0=ab; id_token=whole"), "whole");
  for (const char* half :
       {"id_token.0=ab", "id_token.1=cd", "id_token.0=ab; id_token.1=", "id_token.0=ab; id_token.2=cd"})
    EXPECT_EQ(cookie(half), "h") << half;
}

TEST(FindOwnToken, LooksAtNoOtherCookies) {
  const auto cookie = [](const char* value) {
    return find_own_token({{"Cookie", value}, {"Authorization", "Bearer h"}});
  };
  EXPECT_EQ(cookie("authToken=a; auth=b; id_token=c"), "c");
  EXPECT_EQ(cookie("auth=b; id_token.1=d; id_token.0=c"), "cd");
  EXPECT_EQ(cookie("authToken=a; auth=b"), std::nullopt);
}

TEST(FindToken, ReadsEveryCookieHeader) {
  EXPECT_EQ(find_token({{"Cookie", "a=b"}, {"cookie", "authToken=x"}}, {}, false), "x");
}

TEST(FindToken, TakesTheBearerSchemeOnly) {
  EXPECT_EQ(find_token({{"Authorization", "bearer  abc "}}, {}, false), "abc");
  for (const char* bad : {"Basic abc", "abc", "Bearer", "Bearer ", "Bearerabc", ""})
    EXPECT_EQ(find_token({{"Authorization", bad}}, {}, false), std::nullopt) << bad;
}

TEST(CookieValue, TakesTheFirstOfTheExactName) {
  EXPECT_EQ(cookie_value("a=1; b=2;a=3", "a"), "1");
  EXPECT_EQ(cookie_value("xa=1; a = 2 ", "a"), "2");
  EXPECT_EQ(cookie_value("a=b=c", "a"), "b=c");
  EXPECT_EQ(cookie_value("A=1; a", "a"), std::nullopt);
  EXPECT_EQ(cookie_value("", "a"), std::nullopt);
}

TEST(OriginAllowed, ComparesSchemeHostAndPortExactly) {
  const std::vector<std::string> allowed{"https://app.example.com", "http://localhost:3000"};
  for (const char* good :
       {"https://app.example.com", "https://app.example.com:443", "https://APP.example.com", "http://localhost:3000"})
    EXPECT_TRUE(origin_allowed(good, allowed)) << good;
  for (const char* bad :
       {"", "null", "http://app.example.com", "https://app.example.com.evil.test", "https://app.example.com:444",
        "https://app.example.com/", "https://evil.test/https://app.example.com", "https://app.example.com@evil.test",
        "https://xapp.example.com", "app.example.com", "http://localhost", "*", "https://app.example.com#",
        "wss://app.example.com"})
    EXPECT_FALSE(origin_allowed(bad, allowed)) << bad;
  EXPECT_TRUE(origin_allowed("https://a.test", {"https://a.test:443"}));
  EXPECT_FALSE(origin_allowed("https://a.test", {"*", "https://*.test", "https://a.test/"}));
  EXPECT_FALSE(origin_allowed("https://a.test", {}));
}

}  // namespace
}  // namespace wsdeep::auth
