#include "session/turn_view.h"

#include <gtest/gtest.h>

namespace wsdeep::session {
namespace {

using namespace std::chrono_literals;

TEST(TurnStats, TellsTheTokensThatTheNodeCounted) {
  TurnStats stats{.ttft = 100ms, .duration = 1100ms, .usage = Usage{3, 51}};
  EXPECT_EQ(describe(stats), "TTFT 100ms · 51 tokens · 50.0 tokens/s · 1.1s");
  stats.usage = {120, 51, 96, 20};
  EXPECT_EQ(describe(stats),
            "TTFT 100ms · 51 tokens (20 reasoning) · 96 of 120 prompt tokens cached · 50.0 tokens/s · 1.1s");
  stats.usage.reset();
  EXPECT_EQ(describe(stats), "TTFT 100ms · 1.1s") << "unknown, not 0";
}

}  // namespace
}  // namespace wsdeep::session
