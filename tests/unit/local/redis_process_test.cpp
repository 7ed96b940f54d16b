#include "local/redis_process.h"

#include <gtest/gtest.h>

#include "base/temporary_folder.h"

namespace wsdeep::local {
namespace {

using std::chrono::milliseconds;

class RedisProcessTest : public ::testing::Test {
 protected:
  /// A program that stands in for redis-server, written for /bin/sh.
  RedisProcess::Options playing(const std::string& script) {
    const std::filesystem::path program = folder_.path() / "redis-server";
    files_.write(program, "#!/bin/sh\n" + script, 0700);
    return {program.string(), folder_.path(), {}, [](std::string_view) {}, [] {}, [](const std::string&) {}, {}};
  }

  TemporaryFolder folder_;
  DiskFiles files_;
  net::EventLoop loop_;
};

TEST_F(RedisProcessTest, StartsAtOnceAgainWhatHasServedForAWhile) {
  constexpr int kStarts = 7;  // with a pause that doubled each time: 6.3 s
  int starts = 0;
  RedisProcess::Options options = playing("echo Ready to accept connections; sleep 0.05");
  options.steady_after = milliseconds(10);
  options.log = [&](std::string_view) {
    if (++starts == kStarts) loop_.stop();
  };
  const auto began = std::chrono::steady_clock::now();
  const RedisProcess redis(loop_, files_, options);
  loop_.run();
  EXPECT_LT(std::chrono::steady_clock::now() - began, milliseconds(5'000));
}

TEST_F(RedisProcessTest, WaitsLongerAndLongerWhereItEndsAtOnce) {
  int starts = 0;
  RedisProcess::Options options = playing("echo Ready to accept connections");
  options.steady_after = milliseconds(10'000);
  options.log = [&](std::string_view) {
    if (++starts == 4) loop_.stop();
  };
  const auto began = std::chrono::steady_clock::now();
  const RedisProcess redis(loop_, files_, options);
  loop_.run();
  EXPECT_GE(std::chrono::steady_clock::now() - began, milliseconds(700));
}

TEST_F(RedisProcessTest, SaysWhyItNeverServed) {
  std::string cause;
  RedisProcess::Options options = playing("echo no such option >&2; exit 3");
  options.failed = [&](const std::string& words) {
    cause = words;
    loop_.stop();
  };
  const RedisProcess redis(loop_, files_, options);
  loop_.run();
  EXPECT_EQ(cause, "redis-server ended (3): no such option");
}

}  // namespace
}  // namespace wsdeep::local
