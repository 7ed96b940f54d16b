#include "load/measure/coalescing.h"

#include <gtest/gtest.h>

#include <vector>

namespace wsdeep::load {
namespace {

CoalescingCase case_of(Micros window_ms, const std::vector<std::uint32_t>& tokens_ms) {
  CoalescingCase made{.window = window_ms * 1000};
  std::vector<std::uint32_t> offsets;
  for (const std::uint32_t ms : tokens_ms) offsets.push_back(ms * 1000);
  made.add(offsets);
  return made;
}

/// The example at the top of chat/answer_stream.cpp, its end with its last token: A, BC at 20, D at 40, E, "".
TEST(Coalescing, PutsTokensIntoFramesAsTheHandlersDo) {
  const CoalescingCase seen = case_of(20, {0, 5, 9, 24, 90});
  EXPECT_EQ(seen.frames, 5U);
  EXPECT_EQ(seen.delay.count(), 5U);
  EXPECT_DOUBLE_EQ(seen.delay.sum(), (15 + 11 + 16) * 1000.0);
}

TEST(Coalescing, SendsWhatWaitsWithTheEnd) {
  const CoalescingCase seen = case_of(100, {0, 10, 20});  // A, and BC with the end at 20
  EXPECT_EQ(seen.frames, 2U);
  EXPECT_DOUBLE_EQ(seen.delay.sum(), 10'000);
}

TEST(Coalescing, WithoutAWindowHasAFrameForEachInstant) {
  EXPECT_EQ(case_of(0, {7, 8, 8, 30}).frames, 4U);
  EXPECT_EQ(case_of(0, {7, 8, 8, 30}).delay.max(), 0);
  EXPECT_EQ(case_of(500, {7}).frames, 2U);
  EXPECT_EQ(case_of(500, {}).turns, 0U);
}

TEST(Coalescing, TriesThePresentWindowBesideTheOthersOnce) {
  std::vector<Micros> windows;
  for (const CoalescingCase& one : coalescing_cases(20'000)) windows.push_back(one.window);
  EXPECT_EQ(windows, (std::vector<Micros>{0, 20'000, 50'000, 100'000, 200'000, 500'000}));
  EXPECT_EQ(coalescing_cases(100'000).size(), 5U);
  EXPECT_TRUE(coalescing_cases(100'000)[2].present);
}

}  // namespace
}  // namespace wsdeep::load
