#include "commands/loadtest/live_line.h"

#include <gtest/gtest.h>

namespace wsdeep::commands {
namespace {

load::Progress progress_of_a_run() {
  load::Progress progress;
  progress.at = 12'040'000;
  progress.length = 60'000'000;
  progress.in_flight = 8;
  progress.live.last.sent = 5;
  progress.live.ttft_p50 = load::Quantile{171'000, false};
  progress.live.ttft_p99 = load::Quantile{1'240'000, true};
  progress.live.so_far.attempts = 55;
  progress.live.so_far.good = 51;
  progress.live.so_far.refused = 3;
  progress.live.so_far.truncated = 1;
  return progress;
}

TEST(LiveLine, TellsHowTheRunGoes) {
  EXPECT_EQ(live_line(progress_of_a_run(), ""),
            "12/60s  5/s  8 in flight  ttft 171ms p99 > 1.24s  55 done  4 errors  valid");
}

TEST(LiveLine, ClaimsNothingOfAToolThatRunsElsewhere) {
  load::Progress progress;
  progress.length = 60'000'000;
  progress.judged = false;
  EXPECT_EQ(live_line(progress, ""), "0/60s  0/s  0 in flight  0 done  0 errors  judged at the end");
}

TEST(LiveLine, TellsThatTheRunHasNotBegun) {
  load::Progress progress;
  progress.phase = load::Phase::kPreparing;
  progress.driver.sessions = load::SessionsNow{.open = 120};
  EXPECT_EQ(live_line(progress, ""), "preparing  0/s  0 in flight  120 open  0 done  0 errors  valid");
}

TEST(LiveLine, TellsOpenSessionsWhileTheyAreHeld) {
  load::Progress progress;
  progress.at = 12'040'000;
  progress.length = 60'000'000;
  progress.phase = load::Phase::kHolding;
  progress.driver.sessions = load::SessionsNow{.open = 480};
  progress.live.so_far.attempts = 500;
  EXPECT_EQ(live_line(progress, ""), "12/60s holding  0/s  0 in flight  480 open  500 done  0 errors  valid");
}

TEST(LiveLine, NamesWhatMakesTheRunInvalid) {
  load::Progress progress = progress_of_a_run();
  progress.phase = load::Phase::kDraining;
  progress.live.ttft_p50 = progress.live.ttft_p99 = std::nullopt;
  progress.broken = {{"wake_lag_p99", "16 ms", "5 ms", "", true}, {"cpu", "", "", "", true}};
  EXPECT_EQ(live_line(progress, "A 3 of 5"),
            "A 3 of 5  12s draining  5/s  8 in flight  55 done  4 errors  INVALID wake_lag_p99");
}

}  // namespace
}  // namespace wsdeep::commands
