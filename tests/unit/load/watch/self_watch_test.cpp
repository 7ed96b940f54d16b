#include "load/watch/self_watch.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "load/watch/self_probe.h"
#include "support/eventually.h"

namespace wsdeep::load {
namespace {

using testing::eventually;

bool has_wake_ups(const SelfWatch& watch, std::uint64_t count) {
  return watch.report(0, INT64_MAX).wake_lag.count() >= count;
}

TEST(SelfWatch, SeesTheProcessThatItIsIn) {
  const RunClock clock;
  const SelfWatch watch(clock);
  ASSERT_TRUE(eventually([&] { return has_wake_ups(watch, 15); }));
  const SelfReport report = watch.report(0, clock.now());
  EXPECT_GT(report.cores, 0);
  EXPECT_GT(report.memory, 1 << 20);
  EXPECT_GT(report.descriptors, 2);
  EXPECT_GT(report.cpu_peak.share, 0) << "the wait above spins";
  ASSERT_TRUE(report.descriptor_limit.has_value());
  EXPECT_GT(*report.descriptor_limit, report.descriptors);
}

TEST(SelfWatch, StopsAndKeepsWhatItSaw) {
  const RunClock clock;
  SelfWatch watch(clock);
  ASSERT_TRUE(eventually([&] { return has_wake_ups(watch, 3); }));
  watch.stop();
  const Micros stopped = clock.now();
  EXPECT_GE(watch.report(0, stopped).wake_lag.count(), 3U);
  EXPECT_EQ(watch.report(stopped, INT64_MAX).wake_lag.count(), 0U);
}

TEST(SelfWatch, CostsLittle) {
  double least = 1;
  // What else the machine does makes every wake-up dearer: of six seconds the cheapest counts.
  for (int i = 0; i < 6 && least >= 0.005; ++i) {
    const RunClock clock;
    SelfWatch watch(clock);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // no wait for something: it is what is measured
    watch.stop();
    const SelfReport report = watch.report(0, clock.now());
    least = std::min(least, report.cpu * report.cores);
  }
  EXPECT_LT(least, 0.005) << "half a percent of a core";
}

/// A loop that runs what is posted when the test says so.
struct SlowLoop {
  std::mutex mutex;
  std::vector<std::function<void()>> posted;

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex);
    posted.push_back(std::move(work));
  }
  std::size_t run() {
    const std::lock_guard lock(mutex);
    for (const auto& work : posted) work();
    return std::exchange(posted, {}).size();
  }
};

TEST(SelfWatch, AsksALoopOnceAndCountsItsSilence) {
  const RunClock clock;
  SlowLoop loop;
  SelfWatch watch(clock);
  watch.watch_loop([&](std::function<void()> work) { loop.post(std::move(work)); });
  ASSERT_TRUE(eventually([&] { return watch.report(0, INT64_MAX).loop_lag.max() > 250'000; }));
  EXPECT_EQ(loop.run(), 1U);
  ASSERT_TRUE(eventually([&] { return loop.run() > 0; })) << "it is asked again";
  watch.stop();
}

/// In a child: watches itself, says so on `parent`, and exits with 0 once it has noticed the stop after which `parent`
/// says something, and made up for it.
[[noreturn]] void watch_and_exit(int parent) {
  const RunClock clock;
  const SelfWatch watch(clock);
  char byte = 0;
  const bool begun = eventually([&] { return has_wake_ups(watch, 3); }) && ::write(parent, "r", 1) == 1 &&
                     ::read(parent, &byte, 1) == 1;
  const bool seen = eventually([&] { return watch.report(0, INT64_MAX).longest_stop > 250'000; });
  const bool made_up = eventually([&] { return has_wake_ups(watch, 14); });
  ::_exit(begun && seen && made_up ? 0 : 1);
}

TEST(SelfWatch, NoticesThatTheProcessWasStopped) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) watch_and_exit(ends[1]);
  char byte = 0;
  int status = 0;
  ASSERT_EQ(::read(ends[0], &byte, 1), 1);
  ::kill(child, SIGSTOP);
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));  // no wait for something: it is the stop itself
  ::kill(child, SIGCONT);
  ASSERT_EQ(::write(ends[0], "c", 1), 1);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(SelfProbe, ReadsWhatTheHypervisorTook) {
  EXPECT_EQ(stolen_ticks("cpu  2579812 2803210 800416 1281859 5521 0 13920 1843 0 0\ncpu0 1 2 3\n"), 1843);
  EXPECT_EQ(stolen_ticks("cpu  1 2 3 4 5 6 7\n"), 0);
  EXPECT_EQ(stolen_ticks(""), 0);
  EXPECT_EQ(stolen_ticks("cpu  1 2 3 4 5 6 7 x 0 0\n"), 0);
}

}  // namespace
}  // namespace wsdeep::load
