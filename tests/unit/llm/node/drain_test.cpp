#include "llm/node/drain.h"

#include <gtest/gtest.h>

namespace wsdeep::llm {
namespace {

using namespace std::chrono_literals;

/// A drain with its own time, whose phases are written down as they are shown: `leaving draining@30s`.
class DrainStory {
 public:
  explicit DrainStory(DrainTimes times = {20s, 60s}) : drain_(times) {}

  DrainStory& calls(int running) {
    running_ = running;
    return at(elapsed_);
  }
  DrainStory& leave(std::optional<std::chrono::seconds> left = std::nullopt) {
    drain_.leave("a signal", now(), left ? std::optional(now() + *left) : std::nullopt);
    return at(elapsed_);
  }
  DrainStory& stand_aside() {
    drain_.stand_aside("standby", now());
    return at(elapsed_);
  }
  DrainStory& come_back() {
    drain_.come_back();
    return at(elapsed_);
  }
  DrainStory& hurry() {
    drain_.hurry(now());
    return at(elapsed_);
  }
  /// What happens by itself until then, each at its own time.
  DrainStory& at(std::chrono::nanoseconds elapsed) {
    look();
    for (auto next = drain_.next(); next && *next - SteadyTime{} <= elapsed; next = drain_.next()) {
      elapsed_ = *next - SteadyTime{};
      look();
    }
    elapsed_ = elapsed;
    look();
    return *this;
  }
  std::string told() const { return told_; }

 private:
  SteadyTime now() const { return SteadyTime{} + elapsed_; }
  void look() {
    while (const auto phase = drain_.step(now(), running_)) say(name_of(*phase));
    if (drain_.must_end_calls(now()) && running_ > 0) say("cut");
  }
  void say(const std::string& word) {
    const auto seconds = std::chrono::duration_cast<std::chrono::milliseconds>(elapsed_).count() / 1000.0;
    told_ += fmt::format("{}{}@{}", told_.empty() ? "" : " ", word, seconds);
  }

  Drain drain_;
  std::chrono::nanoseconds elapsed_{0};
  int running_ = 0;
  std::string told_;
};

TEST(Drain, ServesUntilItIsToldToLeave) {
  EXPECT_EQ(DrainStory().calls(3).at(1h).told(), "");
}

TEST(Drain, LeavesForTheLameDuckAlsoWhenIdle) {
  EXPECT_EQ(DrainStory().at(5s).leave().at(1h).told(), "leaving@5 draining@25 ending@25 stopped@25");
}

TEST(Drain, StopsWhenTheLastCallHasEnded) {
  EXPECT_EQ(DrainStory().calls(2).leave().at(30s).calls(0).told(), "leaving@0 draining@20 ending@30 stopped@30");
}

TEST(Drain, EndsCallsWhenTheGraceIsOver) {
  EXPECT_EQ(DrainStory().calls(2).leave().at(80100ms).calls(0).told(),
            "leaving@0 draining@20 ending@80 cut@80 stopped@80.1");
}

TEST(Drain, DoesNotWaitForClientsThatDoNotHearTheEnd) {
  EXPECT_EQ(DrainStory().calls(2).leave().at(1h).told(), "leaving@0 draining@20 ending@80 cut@80 stopped@80.5");
}

TEST(Drain, StopsAtOnceWithoutLameDuckAndCalls) {
  EXPECT_EQ(DrainStory({0s, 500ms}).leave().told(), "leaving@0 draining@0 ending@0 stopped@0");
}

TEST(Drain, IsHurriedInEachPhase) {
  const std::string quick = "leaving@0 draining@0 ending@0 cut@0";
  EXPECT_EQ(DrainStory().calls(1).hurry().told(), quick);
  EXPECT_EQ(DrainStory().calls(1).leave().at(3s).hurry().told(), "leaving@0 draining@3 ending@3 cut@3");
  EXPECT_EQ(DrainStory().calls(1).leave().at(33s).hurry().told(), "leaving@0 draining@20 ending@33 cut@33");
  EXPECT_EQ(DrainStory().calls(1).stand_aside().at(33s).hurry().told(),
            "leaving@0 aside@20 draining@33 ending@33 cut@33");
}

TEST(Drain, FitsIntoTheTimeThatASpotNoticeLeaves) {
  EXPECT_EQ(DrainStory().calls(1).leave(50s).at(1h).told(), "leaving@0 draining@20 ending@50 cut@50 stopped@50.5");
  EXPECT_EQ(DrainStory().calls(1).leave(10s).at(1h).told(), "leaving@0 draining@5 ending@10 cut@10 stopped@10.5");
  EXPECT_EQ(DrainStory().calls(1).leave(0s).at(1h).told(), "leaving@0 draining@0 ending@0 cut@0 stopped@0.5");
}

TEST(Drain, IsCutByANoticeThatComesWhileItLeaves) {
  EXPECT_EQ(DrainStory().calls(1).leave().at(30s).leave(20s).at(1h).told(),
            "leaving@0 draining@20 ending@50 cut@50 stopped@50.5");
}

TEST(Drain, IsNotLengthenedByASecondCause) {
  EXPECT_EQ(DrainStory().calls(1).leave(30s).at(10s).leave(100s).leave().at(1h).told(),
            "leaving@0 draining@15 ending@30 cut@30 stopped@30.5");
}

TEST(Drain, StandsAsideAndComesBack) {
  EXPECT_EQ(DrainStory().calls(1).stand_aside().at(30s).calls(0).at(10min).come_back().calls(1).at(1h).told(),
            "leaving@0 aside@20 serving@600");
}

TEST(Drain, ComesBackFromItsLameDuck) {
  EXPECT_EQ(DrainStory().stand_aside().at(3s).come_back().at(1h).told(), "leaving@0 serving@3");
}

TEST(Drain, EndsCallsOfANodeThatStandsAsideEachTime) {
  EXPECT_EQ(DrainStory().calls(1).stand_aside().at(90s).calls(0).come_back().calls(1).stand_aside().at(1h).told(),
            "leaving@0 aside@20 cut@80 serving@90 leaving@90 aside@110 cut@170");
}

TEST(Drain, LeavesForGoodFromAsideWithWhatIsLeftOfTheGrace) {
  EXPECT_EQ(DrainStory().calls(1).stand_aside().at(50s).leave().at(1h).told(),
            "leaving@0 aside@20 draining@50 ending@80 cut@80 stopped@80.5");
}

TEST(Drain, DoesNotComeBackOnceItLeavesForGood) {
  EXPECT_EQ(DrainStory().leave().at(3s).come_back().at(4s).stand_aside().at(1h).told(),
            "leaving@0 draining@20 ending@20 stopped@20");
  EXPECT_EQ(DrainStory().stand_aside().at(3s).leave().come_back().at(1h).told(),
            "leaving@0 draining@20 ending@20 stopped@20");
}

}  // namespace
}  // namespace wsdeep::llm
