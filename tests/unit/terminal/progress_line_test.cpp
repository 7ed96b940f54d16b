#include "terminal/progress_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/manual_clock.h"
#include "support/terminal_model.h"

namespace wsdeep {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ProgressLineTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  testing::TerminalModel terminal_{testing::TerminalModel::Kind::kReflows, {30, 10}};
};

TEST_F(ProgressLineTest, IsDrawnOverAndGoneAtTheEnd) {
  {
    ProgressLine line(terminal_, clock_);
    line.show("upload    0 of 12 files, 0 B");
    terminal_.resize({20, 10});
    line.show("upload    9 of 12 files, 9 B");
    EXPECT_THAT(terminal_.seen(), ElementsAre("upload    9 of 12 f…"));
  }
  EXPECT_THAT(terminal_.seen(), IsEmpty());
}

TEST_F(ProgressLineTest, KnowsHowWideItMayBe) {
  ProgressLine line(terminal_, clock_);
  line.show([](std::size_t columns) { return std::to_string(columns); });
  EXPECT_THAT(terminal_.seen(), ElementsAre("30"));
}

TEST_F(ProgressLineTest, IsSaidNowAndThenWhereItCannotBeDrawn) {
  terminal_.live = false;
  {
    ProgressLine line(terminal_, clock_, {.first = seconds(5), .every = seconds(30)});
    for (int second = 0; second <= 70; ++second) {
      line.show([&](std::size_t columns) { return std::to_string(second) + "s of " + std::to_string(columns); });
      clock_.advance(seconds(1));
    }
  }
  EXPECT_EQ(terminal_.written(), "5s of 0\n35s of 0\n65s of 0\n");
}

TEST_F(ProgressLineTest, IsSilentAboutWhatIsOverSoon) {
  terminal_.live = false;
  ProgressLine line(terminal_, clock_);
  clock_.advance(seconds(29));
  line.show("cfn-lint is checking…");
  EXPECT_EQ(terminal_.written(), "");
}

TEST(WithBar, DrawsABarBesideTheText) {
  EXPECT_EQ(with_bar("50% 1500/3000", 1500, 3000, 27), "[#####------] 50% 1500/3000");
  EXPECT_EQ(with_bar("50%", 1500, 3000, 200), "[###############---------------] 50%");
  EXPECT_EQ(with_bar("100%", 7, 7, 13), "[######] 100%");
  EXPECT_EQ(with_bar("more than all", 8, 7, 21), "[#####] more than all");
}

TEST(WithBar, LeavesTheBarOutWhereThereIsNoRoom) {
  EXPECT_EQ(with_bar("50% 1500/3000", 1500, 3000, 20), "50% 1500/3000");
  EXPECT_EQ(with_bar("50% 1500/3000", 1500, 3000, 12), "50% 1500/30…");
  EXPECT_EQ(with_bar("50% 1500/3000", 1500, 3000, 0), "50% 1500/3000");
  EXPECT_EQ(with_bar("nothing of nothing", 0, 0, 80), "nothing of nothing");
}

}  // namespace
}  // namespace wsdeep
