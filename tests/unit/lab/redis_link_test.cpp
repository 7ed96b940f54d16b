#include "lab/redis_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::lab {
namespace {

using testing::HasSubstr;

TEST(RedisUrl, LeadsToAPlace) {
  const RedisPlace plain = parse_redis_url("redis://cache");
  EXPECT_EQ(plain.host, "cache");
  EXPECT_EQ(plain.port, 6379);
  EXPECT_FALSE(plain.tls);
  const RedisPlace whole = parse_redis_url("rediss://cache.example:6380/3");
  EXPECT_EQ(whole.port, 6380);
  EXPECT_TRUE(whole.tls);
  EXPECT_EQ(whole.database, 3);
  EXPECT_EQ(parse_redis_url("redis://[::1]:7000").host, "::1");
}

std::string fault_of(const std::string& url) {
  try {
    parse_redis_url(url);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

TEST(RedisUrl, SaysWhatIsWrong) {
  EXPECT_THAT(fault_of("http://cache"), HasSubstr("redis://"));
  EXPECT_THAT(fault_of("redis://user:secret@cache"), HasSubstr("file"));
  EXPECT_THAT(fault_of("redis://user:secret@cache"), testing::Not(HasSubstr("secret")));
  EXPECT_THAT(fault_of("redis://cache/x"), HasSubstr("database"));
  EXPECT_THAT(fault_of("redis:///1"), HasSubstr("host"));
  EXPECT_NE(fault_of("redis://cache:99999"), "");
}

TEST(RedisLink, SaysWhyThereIsNone) {
  RedisOptions options;
  options.url = "redis://127.0.0.1:1";
  EXPECT_THROW(RedisLink{options}, Error);
}

}  // namespace
}  // namespace wsdeep::lab
