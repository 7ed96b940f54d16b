#include "base/url.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep {
namespace {

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

}  // namespace
}  // namespace wsdeep
