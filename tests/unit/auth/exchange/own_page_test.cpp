#include "auth/exchange/own_page.h"

#include <gtest/gtest.h>

namespace wsdeep::auth::exchange {
namespace {

const Config kConfig{{"https://chat.example.com"}, "", "", "", {}, {}, {"https://app.example.com"}};

bool accepts(wire::NamedTexts headers) {
  wire::HttpEvent event;
  event.headers = std::move(headers);
  return is_from_own_page(event, "https://chat.example.com", kConfig);
}

TEST(OwnPage, IsOneOfOursOrOfAnAllowedOrigin) {
  EXPECT_TRUE(accepts({{"origin", "https://chat.example.com"}, {"sec-fetch-site", "same-origin"}}));
  EXPECT_TRUE(accepts({{"origin", "https://app.example.com"}, {"sec-fetch-site", "same-site"}}));
  EXPECT_TRUE(accepts({{"origin", "https://app.example.com"}}));
  EXPECT_TRUE(accepts({{"sec-fetch-site", "same-origin"}}));
}

TEST(OwnPage, IsNoneOfAnotherSiteWhateverItSays) {
  EXPECT_FALSE(accepts({{"origin", "https://evil.example.net"}, {"sec-fetch-site", "cross-site"}}));
  EXPECT_FALSE(accepts({{"origin", "https://app.example.com"}, {"sec-fetch-site", "cross-site"}}));
  EXPECT_FALSE(accepts({{"sec-fetch-site", "cross-site"}}));
  EXPECT_FALSE(accepts({{"sec-fetch-site", "same-site"}}));
  for (const char* origin :
       {"null", "https://other.example.com", "http://app.example.com", "https://app.example.com.evil.net",
        "https://app.example.com@evil.net", "https://app.example.com.", "https://app.example.com:444"})
    EXPECT_FALSE(accepts({{"origin", origin}})) << origin;
}

TEST(OwnPage, IsNotAskedOfWhatIsNoBrowser) {
  EXPECT_TRUE(accepts({}));
}

}  // namespace
}  // namespace wsdeep::auth::exchange
