#include "load/remote/standings_watch.h"

#include <gtest/gtest.h>

#include <atomic>

#include "load/remote/ecs_place.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace wsdeep::load {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class StandingsWatchTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  SystemTime start_ = clock_.now() + minutes(1);
  std::atomic<int> looks_ = 0;

  std::unique_ptr<StandingsWatch> watch(const StandingsWatch::Look& look) {
    auto made = std::make_unique<StandingsWatch>(1, start_, std::chrono::milliseconds(1), clock_,
                                                 [this, look](const std::stop_token& stop) {
                                                   ++looks_;
                                                   return look(stop);
                                                 });
    EXPECT_TRUE(testing::eventually([this] { return looks_ > 1; }));
    return made;
  }
  std::unique_ptr<StandingsWatch> always(const WorkerStanding& standing) {
    return watch([standing](const std::stop_token&) { return std::vector<WorkerStanding>{standing}; });
  }
};

TEST_F(StandingsWatchTest, TakesWhoRunsAfterTheStartForRunning) {
  const auto watched = always({WorkerState::kWaiting});
  EXPECT_EQ(watched->latest().front().state, WorkerState::kWaiting);
  clock_.advance(minutes(1));
  EXPECT_EQ(watched->latest().front().state, WorkerState::kRunning);
}

TEST_F(StandingsWatchTest, GivesUpWhoDoesNotRunShortlyBeforeTheStart) {
  const auto watched = always({WorkerState::kStarting, "ImagePullBackOff: x"});
  clock_.advance(seconds(49));
  EXPECT_EQ(watched->latest().front().state, WorkerState::kStarting);
  EXPECT_EQ(watched->latest().front().why, "ImagePullBackOff: x");
  clock_.advance(seconds(1));
  EXPECT_EQ(watched->latest().front().state, WorkerState::kGone);
  EXPECT_EQ(watched->latest().front().why, "was not running 10.0s before the start: ImagePullBackOff: x");
}

TEST_F(StandingsWatchTest, KeepsWhatItKnewForTwoMinutes) {
  const auto watched = watch([this](const std::stop_token&) -> std::vector<WorkerStanding> {
    if (looks_ > 1) throw Error(ErrorKind::kFailure, "connection refused");
    return {{WorkerState::kOver}};
  });
  EXPECT_EQ(watched->latest().front().state, WorkerState::kOver);
  clock_.advance(minutes(3));
  EXPECT_TRUE(testing::eventually([&] {
    try {
      watched->latest();
      return false;
    } catch (const Error& error) {
      return std::string(error.what()) == "connection refused";
    }
  }));
}

/// What ECS says of a task, and what that means for its worker.
struct TaskCase {
  aws::EcsTask task;
  WorkerState state;
  std::string why{};
};

TEST(EcsTaskTest, SaysHowItsWorkerIs) {
  using Containers = std::vector<aws::EcsContainer>;
  const std::vector<TaskCase> cases = {
      {{"a", "PROVISIONING"}, WorkerState::kStarting},
      {{"a", "PENDING"}, WorkerState::kStarting},
      {{"a", "RUNNING"}, WorkerState::kWaiting},
      {{"a", "STOPPING"}, WorkerState::kDraining},
      {{"a", "STOPPED", "EssentialContainerExited", "Essential container in task exited", Containers{{"wsdeep", 0}}},
       WorkerState::kOver},
      {{"a", "STOPPED", "EssentialContainerExited", "Essential container in task exited", Containers{{"wsdeep", 7}}},
       WorkerState::kOver,
       "exit code 7, EssentialContainerExited: Essential container in task exited"},
      {{"a", "STOPPED", "EssentialContainerExited", "", Containers{{"wsdeep", 137, "OutOfMemoryError: killed"}}},
       WorkerState::kGone,
       "exit code 137, EssentialContainerExited: OutOfMemoryError: killed"},
      {{"a", "STOPPED", "TaskFailedToStart", "CannotPullContainerError: no image",
        Containers{{"wsdeep", std::nullopt}}},
       WorkerState::kGone,
       "TaskFailedToStart: CannotPullContainerError: no image"},
      {{"a", "STOPPED", "SpotInterruption", "", {}}, WorkerState::kGone, "SpotInterruption"},
      {{"a", "STOPPED"}, WorkerState::kGone, "its task has stopped"},
  };
  for (const TaskCase& one : cases) {
    const WorkerStanding standing = task_standing(one.task);
    EXPECT_EQ(standing.state, one.state) << one.task.last_status << one.why;
    EXPECT_EQ(standing.why, one.why);
  }
}

}  // namespace
}  // namespace wsdeep::load
