#include "lab/sessions.h"

#include <gtest/gtest.h>

namespace wsdeep::lab {
namespace {

using namespace std::chrono_literals;

/// As in `lab serve`, where the keeper is there before the loop and goes after it.
TEST(Sessions, LetGoOfTheirKeeper) {
  Keeper keeper({}, [] {});
  net::EventLoop loop;
  SessionsOptions options;
  options.redis.url = "redis://127.0.0.1:1";
  bool lost = false;
  {
    const Sessions sessions(loop, keeper, options, [&] { lost = true; });
  }
  keeper.start(1, 80, 24, 99);  // there is no such image: its end is told at once
  const auto enough = loop.after(100ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(lost);
}

}  // namespace
}  // namespace wsdeep::lab
