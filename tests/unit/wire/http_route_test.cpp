#include "wire/http_route.h"

#include <gtest/gtest.h>

namespace wsdeep::wire {
namespace {

TEST(HttpRoute, TakesWhatStandsInTheVariables) {
  EXPECT_EQ(match_path("/chats/{id}", "/chats/a%20b"), (NamedTexts{{"id", "a b"}}));
  EXPECT_EQ(match_path("/auth/{proxy+}", "/auth/x/y"), (NamedTexts{{"proxy", "x/y"}}));
  EXPECT_EQ(match_path("/chat", "/chat"), NamedTexts{});
  EXPECT_EQ(match_path("/a/{b}/c", "/a/1/c"), (NamedTexts{{"b", "1"}}));
}

TEST(HttpRoute, RefusesWhatIsAnotherPath) {
  for (const char* path : {"/chats", "/chats/", "/chats/a/b", "/chat/a", "chats/a", "", "/chats/%zz"})
    EXPECT_EQ(match_path("/chats/{id}", path), std::nullopt) << path;
  EXPECT_EQ(match_path("/auth/{proxy+}", "/auth"), std::nullopt);
  EXPECT_EQ(match_path("/auth/{proxy+}", "/auth/"), std::nullopt);
  EXPECT_EQ(match_path("/chat", "/chat/"), std::nullopt);
}

TEST(HttpRoute, ChoosesTheClosest) {
  const std::vector<std::string> keys = {"$default",      "ANY /chats/{id}", "GET /chats/{id}",
                                         "ANY /{proxy+}", "GET /chats/mine", "ANY /chats/{proxy+}"};
  const auto chosen = [&](std::string_view method, std::string_view path) {
    NamedTexts parameters;
    const auto at = choose_route(keys, method, path, parameters);
    return at ? keys[*at] : "";
  };
  EXPECT_EQ(chosen("GET", "/chats/1"), "GET /chats/{id}");
  EXPECT_EQ(chosen("DELETE", "/chats/1"), "ANY /chats/{id}");
  EXPECT_EQ(chosen("GET", "/chats/mine"), "GET /chats/mine");
  EXPECT_EQ(chosen("GET", "/chats/1/2"), "ANY /chats/{proxy+}");
  EXPECT_EQ(chosen("GET", "/other"), "ANY /{proxy+}");
  EXPECT_EQ(chosen("GET", "/"), "$default");
  NamedTexts parameters;
  EXPECT_EQ(choose_route({"GET /a"}, "POST", "/a", parameters), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::wire
