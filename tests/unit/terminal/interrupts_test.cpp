#include "terminal/interrupts.h"

#include <gtest/gtest.h>

#include <csignal>

#include "support/eventually.h"

namespace wsdeep {
namespace {

TEST(Interrupts, NoteTheFirstSignalAndHurryAtTheSecond) {
  const Interrupts interrupts(Interrupts::Second::kHurries);
  std::raise(SIGINT);
  EXPECT_TRUE(testing::eventually([&] { return interrupts.token().stop_requested(); }));
  EXPECT_TRUE(interrupts.requested());
  EXPECT_FALSE(interrupts.hurry().stop_requested());
  std::raise(SIGTERM);
  EXPECT_TRUE(testing::eventually([&] { return interrupts.hurry().stop_requested(); }));
}

TEST(Interrupts, DoNotTakeATerminalThatClosesTwiceForASecondSignal) {
  const Interrupts interrupts;
  std::raise(SIGINT);
  std::raise(SIGHUP);
  EXPECT_TRUE(interrupts.requested());
}

TEST(Interrupts, LetTheProgramBeEnded) {
  const auto signals = [](Interrupts::Second second, int count) {
    const Interrupts interrupts(second);
    for (int i = 0; i < count; ++i) std::raise(SIGTERM);
    std::_Exit(0);
  };
  EXPECT_EXIT(signals(Interrupts::Second::kEnds, 2), ::testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(signals(Interrupts::Second::kHurries, 2), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(signals(Interrupts::Second::kHurries, 3), ::testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace wsdeep
