#include "load/watch/self_report.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace wsdeep::load {
namespace {

constexpr Micros kSampledSecond = 1'000'000;

/// Ten samples a second for ten seconds, of a process on two cores that uses a tenth of one.
SelfLog quiet_log() {
  SelfLog log;
  log.cores = 2;
  log.machine_cores = 2;
  for (int i = 0; i < 100; ++i) {
    SelfSample sample;
    sample.at = i * kSampledSecond / 10;
    sample.wall_offset = 5'000'000'000;
    sample.cpu = i * kSampledSecond / 100;
    sample.memory = 1000 + i;
    sample.next_descriptor = 10;
    log.samples.push_back(sample);
  }
  return log;
}

/// From `from` on the process has used `us` more.
void burn(SelfLog& log, Micros from, Micros to, double cores) {
  Micros before = log.samples.front().at;
  Micros burnt = 0;
  for (SelfSample& sample : log.samples) {
    if (sample.at > from && sample.at <= to)
      burnt += static_cast<Micros>(static_cast<double>(sample.at - before) * cores);
    sample.cpu += burnt;
    before = sample.at;
  }
}

TEST(SelfReport, SharesTheCoresThatTheProcessMayUse) {
  const SelfReport report = self_report_on(quiet_log(), 0, 10 * kSampledSecond);
  EXPECT_NEAR(report.cpu, 0.05, 1e-9);
  EXPECT_NEAR(report.cpu_peak.share, 0.05, 1e-9);
  EXPECT_EQ(report.memory, 1099);
  EXPECT_EQ(report.descriptors, 10);
}

TEST(SelfReport, FindsTheWorstSecondWhereverItBegins) {
  SelfLog log = quiet_log();
  burn(log, 3'300'000, 4'300'000, 1.8);
  const SelfReport report = self_report_on(log, 0, 10 * kSampledSecond);
  EXPECT_NEAR(report.cpu_peak.share, 0.95, 1e-6);
  EXPECT_EQ(report.cpu_peak.at, 3'300'000);
  EXPECT_LT(report.cpu, 0.2);
}

TEST(SelfReport, LeavesOutWhatIsNotInTheWindow) {
  SelfLog log = quiet_log();
  burn(log, 3'300'000, 4'300'000, 1.8);
  log.wake_lags = {{1'000'000, 500'000}, {6'000'000, 30}, {7'000'000, 90}};
  log.loop_lags = {{1'000'000, 400'000}, {6'000'000, 700}};
  const SelfReport report = self_report_on(log, 5 * kSampledSecond, 9 * kSampledSecond);
  EXPECT_NEAR(report.cpu_peak.share, 0.05, 1e-9);
  EXPECT_EQ(report.longest_stop, 90);
  EXPECT_EQ(report.longest_stop_at, 7'000'000);
  EXPECT_EQ(report.wake_lag.count(), 2U);
  EXPECT_EQ(report.loop_lag.max(), 700);
}

TEST(SelfReport, AWindowOfLessThanASecondIsItsOwnWorstSecond) {
  SelfLog log = quiet_log();
  burn(log, 0, 10 * kSampledSecond, 1);
  EXPECT_NEAR(self_report_on(log, 0, 500'000).cpu_peak.share, 0.55, 1e-9);
}

TEST(SelfReport, TellsAStepOfTheWallClockFromItsBeingSlewed) {
  SelfLog log = quiet_log();
  for (std::size_t i = 0; i < log.samples.size(); ++i) log.samples[i].wall_offset += static_cast<Micros>(i) * 50;
  EXPECT_EQ(self_report_on(log, 0, 10 * kSampledSecond).clock_step, 0);
  for (std::size_t i = 50; i < log.samples.size(); ++i) log.samples[i].wall_offset -= 3600 * kSampledSecond;
  EXPECT_EQ(self_report_on(log, 0, 10 * kSampledSecond).clock_step, 50 - 3600 * kSampledSecond);
}

TEST(SelfReport, AddsUpSuspensionAndFaults) {
  SelfLog log = quiet_log();
  for (std::size_t i = 50; i < log.samples.size(); ++i) {
    log.samples[i].suspended = 7 * kSampledSecond;
    log.samples[i].major_faults = 12;
  }
  const SelfReport report = self_report_on(log, 0, 10 * kSampledSecond);
  EXPECT_EQ(report.suspended, 7 * kSampledSecond);
  EXPECT_EQ(report.major_faults, 12);
}

TEST(SelfReport, OfNothingIsEmpty) {
  const SelfReport report = self_report_on({}, 0, kSampledSecond);
  EXPECT_EQ(report.cpu, 0);
  EXPECT_TRUE(report.wake_lag.empty());
}

}  // namespace
}  // namespace wsdeep::load
