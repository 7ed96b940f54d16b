#include "net/frame_guard.h"

#include <gtest/gtest.h>

#include "support/raw_socket.h"

namespace wsdeep::net {
namespace {

constexpr std::size_t kLimit = 300;
constexpr unsigned char kText = 0x81;

/// What the guard lets through of `bytes` shown `step` at a time, until it reports the bad frame.
std::size_t admitted_before_alarm(const std::string& bytes, std::size_t step) {
  FrameGuard guard(kLimit);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const FrameGuard::Verdict verdict = guard.admit({bytes.data() + done, std::min(step, bytes.size() - done)});
    if (verdict.oversized) return done;
    EXPECT_GT(verdict.admitted, 0u);
    done += verdict.admitted;
  }
  return std::string::npos;
}

std::string frame(std::size_t payload) {
  return test::RawWebSocket::frame(kText, std::string(payload, 'x'));
}

TEST(FrameGuard, LetsFramesUpToTheLimitPassHoweverTheyAreCut) {
  const std::string bytes = frame(0) + frame(125) + frame(126) + frame(kLimit) + frame(1);
  for (std::size_t step = 1; step <= bytes.size(); ++step)
    EXPECT_EQ(admitted_before_alarm(bytes, step), std::string::npos) << step;
}

TEST(FrameGuard, StopsRightBeforeAFrameAboveTheLimit) {
  const std::string good = frame(10) + frame(200);
  EXPECT_EQ(admitted_before_alarm(good + frame(kLimit + 1), 100'000), good.size());
  EXPECT_EQ(admitted_before_alarm(good + frame(70'000), 100'000), good.size());
}

TEST(FrameGuard, AlarmsWithinTheHeaderWhenItIsCut) {
  const std::string good = frame(10);
  for (std::size_t step = 1; step <= good.size(); ++step) {
    const std::size_t at = admitted_before_alarm(good + frame(70'000), step);
    EXPECT_GE(at, good.size()) << step;
    EXPECT_LT(at, good.size() + 10) << step;
  }
}

TEST(FrameGuard, TakesTheLargestLengthForWhatItIs) {
  EXPECT_EQ(admitted_before_alarm("\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF mask", 100), 0u);
}

}  // namespace
}  // namespace wsdeep::net
