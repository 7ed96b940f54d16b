#include "commands/loadtest/live_line.h"

#include <gtest/gtest.h>

#include "base/display.h"

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
  EXPECT_EQ(live_line(progress_of_a_run(), "", 0),
            "12/60s  5/s  8 in flight  ttft 171ms p99 > 1.24s  55 done  4 errors  valid");
}

TEST(LiveLine, DrawsABarWhereThereIsRoom) {
  const std::string line = live_line(progress_of_a_run(), "", 120);
  EXPECT_TRUE(line.starts_with("[######-----")) << line;
  EXPECT_LE(display_width(line), 120U);
  EXPECT_LE(display_width(live_line(progress_of_a_run(), "", 80)), 80U);
  EXPECT_TRUE(live_line(progress_of_a_run(), "", 84).starts_with("[#----")) << live_line(progress_of_a_run(), "", 84);
}

TEST(LiveLine, NamesWhatMakesTheRunInvalid) {
  load::Progress progress = progress_of_a_run();
  progress.phase = load::Phase::kDraining;
  progress.live.ttft_p50 = progress.live.ttft_p99 = std::nullopt;
  progress.broken = {{"wake_lag_p99", "16 ms", "5 ms", "", true}, {"cpu", "", "", "", true}};
  EXPECT_EQ(live_line(progress, "A 3 of 5", 0),
            "A 3 of 5  12s draining  5/s  8 in flight  ttft - p99 -  55 done  4 errors  INVALID wake_lag_p99");
}

}  // namespace
}  // namespace wsdeep::commands
