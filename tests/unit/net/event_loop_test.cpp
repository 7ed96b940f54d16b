#include "net/event_loop.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "base/error.h"
#include "support/few_descriptors.h"

namespace wsdeep::net {
namespace {

using namespace std::chrono_literals;

TEST(EventLoop, RunsWhatIsPostedInOrderAndMayRunAgain) {
  EventLoop loop;
  std::string order;
  for (int turn = 0; turn < 2; ++turn) {
    loop.post([&] { order += 'a'; });
    loop.post([&] { order += 'b'; });
    loop.post([&] { loop.stop(); });
    loop.run();
  }
  EXPECT_EQ(order, "abab");
}

TEST(EventLoop, DoesNotLoseAStopThatComesBeforeRun) {
  EventLoop loop;
  loop.stop();
  loop.run();
}

TEST(EventLoop, LetsAnExceptionOut) {
  EventLoop loop;
  loop.post([] { throw std::runtime_error("out"); });
  EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST(EventLoop, AcceptsWorkFromOtherThreads) {
  EventLoop loop;
  int sum = 0;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&] { ++sum; });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  other.join();
  EXPECT_EQ(sum, 1000);
}

TEST(EventLoop, DoesNotCallACancelledTimer) {
  EventLoop loop;
  EventLoop::Subscription dropped = loop.after(0ns, [] { FAIL() << "called after it was cancelled"; });
  const EventLoop::Subscription due = loop.after(0ns, [&] { loop.stop(); });
  loop.post([&] { dropped = {}; });
  dropped.cancel();
  EXPECT_FALSE(dropped);
  loop.run();
}

TEST(EventLoop, DoesNotCallATimerThatWasCancelledWhenAlreadyDue) {
  EventLoop loop;
  EventLoop::Subscription second;
  const EventLoop::Subscription first = loop.after(0ns, [&] { second.cancel(); });
  second = loop.after(0ns, [] { FAIL() << "called after it was cancelled"; });
  const EventLoop::Subscription last = loop.after(1ms, [&] { loop.stop(); });
  loop.run();
}

TEST(EventLoop, RepeatsUntilTheTimerIsLetGoByItself) {
  EventLoop loop;
  int calls = 0;
  auto token = std::make_shared<int>(1);
  EventLoop::Subscription timer = loop.every(1ms, [&, token] {
    if (++calls < 3) return;
    timer.cancel();
    EXPECT_EQ(*token, 1) << "the callback was destroyed while it ran";
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(calls, 3);
}

TEST(EventLoop, HandsOverSignals) {
  EventLoop loop;
  std::vector<int> seen;
  const EventLoop::Subscription signals = loop.on_signal({SIGUSR1, SIGUSR2}, [&](int signal) {
    seen.push_back(signal);
    seen.size() == 1 ? static_cast<void>(raise(SIGUSR2)) : loop.stop();
  });
  raise(SIGUSR1);
  loop.run();
  EXPECT_EQ(seen, (std::vector<int>{SIGUSR1, SIGUSR2}));
}

TEST(EventLoop, TellsEachTimeADescriptorIsReadableAndLeavesItsFlagsAlone) {
  EventLoop loop;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int flags = fcntl(ends[0], F_GETFL);
  std::string text;
  const EventLoop::Subscription input = loop.on_readable(ends[0], [&] {
    char c;
    if (read(ends[0], &c, 1) == 0) return loop.stop();
    text += c;
    EXPECT_EQ(fcntl(ends[0], F_GETFL), flags);
    if (text == "abc") close(ends[1]);
  });
  ASSERT_EQ(write(ends[1], "abc", 3), 3);
  loop.run();
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(close(ends[0]), 0) << "the borrowed descriptor was closed";
}

TEST(EventLoop, SaysThatThereIsNoDescriptorToWaitWith) {
  EventLoop loop;
  const auto running = loop.after(1h, [] {});  // with it the loop has all that it needs itself
  const test::FewDescriptors none;
  try {
    const EventLoop::Subscription input = loop.on_readable(0, [] {});
    FAIL() << "it waits";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "cannot wait for input: Too many open files");
  }
}

TEST(EventLoop, TakesARegularFileForReadable) {
  EventLoop loop;
  const int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  int calls = 0;
  EventLoop::Subscription input = loop.on_readable(file, [&] {
    if (++calls < 3) return;
    input.cancel();
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(calls, 3);
  close(file);
}

TEST(EventLoop, BlocksElsewhereAndReportsHere) {
  EventLoop loop;
  std::thread::id worker;
  loop.run_blocking([&] { worker = std::this_thread::get_id(); },
                    [&](const std::exception_ptr& failure) {
                      EXPECT_FALSE(failure);
                      EXPECT_NE(worker, std::this_thread::get_id());
                      loop.stop();
                    });
  loop.run();
}

TEST(EventLoop, BringsTheExceptionOfBlockingWork) {
  EventLoop loop;
  loop.run_blocking([] { throw std::runtime_error("hash failed"); },
                    [&](const std::exception_ptr& failure) {
                      EXPECT_THROW(std::rethrow_exception(failure), std::runtime_error);
                      loop.stop();
                    });
  loop.run();
}

TEST(EventLoop, DropsWhatIsDoneAfterItsEnd) {
  auto token = std::make_shared<int>(0);
  {
    EventLoop loop;
    for (int i = 0; i < 10; ++i) loop.run_blocking([token] {}, [token](const std::exception_ptr&) { ++*token; });
  }
  EXPECT_EQ(*token, 0);
  EXPECT_EQ(token.use_count(), 1);
}

}  // namespace
}  // namespace wsdeep::net
