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
                          "http://h:65536/", "http://h:+1/", "http://h/a b", "http://[::1", "http://[::1]8080/"})
    EXPECT_THROW(parse_url(bad), Error) << bad;
}

TEST(ParseUrl, ShowsNoSecretOfWhatItRefuses) {
  const auto words_for = [](const char* text) -> std::string {
    try {
      parse_url(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "taken";
  };
  EXPECT_EQ(words_for("https://me:secret@chat.test/prod?token=abc"),
            "not a URL: 'https://…@chat.test/prod': user and password do not belong in a URL");
  EXPECT_EQ(words_for("me:secret@chat.test"), "not a URL: '…@chat.test': no scheme such as https://");
}

TEST(ParsePort, TakesWhatAPortCanBe) {
  EXPECT_EQ(parse_port("1"), 1);
  EXPECT_EQ(parse_port("65535"), 65535);
  EXPECT_EQ(parse_port("0", 0), 0);
  for (const char* bad : {"", "0", "65536", "131072", "4294967297", "-1", "+1", " 80", "80 ", "0x50", "80/tcp"})
    EXPECT_EQ(parse_port(bad), std::nullopt) << bad;
}

TEST(ParseListenAddress, TakesHostAndPort) {
  for (const char* good : {"127.0.0.1:50051", "0.0.0.0:0", "localhost:65535", "[::]:50051", "[::1]:0"})
    EXPECT_EQ(parse_listen_address(good).authority(), good);
  EXPECT_EQ(parse_listen_address("[::1]:80").host, "::1");
}

TEST(ParseListenAddress, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> bad[] = {
      {"127.0.0.1:65536", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:70000", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:-1", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:", "the port is not a number from 0 to 65535"},
      {"127.0.0.1:http", "the port is not a number from 0 to 65535"},
      {"127.0.0.1", "no port"},
      {"[::1]", "no port"},
      {"50051", "no port"},
      {":50051", "no host: 0.0.0.0 is every address of this machine"},
      {"::1:50051", "an IPv6 address stands in brackets"},
      {"[::1]50051", "the brackets of an IPv6 address do not end before the port"},
  };
  for (const auto& [text, cause] : bad) try {
      parse_listen_address(text);
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), "not an address to listen on: '" + std::string(text) + "': " + cause);
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    }
}

}  // namespace
}  // namespace wsdeep
