#include "load/shard/supervise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace wsdeep::load {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Workers that do what a script says, look by look.
class ScriptedPlace final : public Place {
 public:
  using Script = std::function<std::vector<WorkerStanding>(int look, const std::vector<WorkersStop>& stops)>;
  explicit ScriptedPlace(Script script) : script_(std::move(script)) {}

  std::chrono::seconds start_up() const override { return 0s; }
  std::chrono::seconds shard_time() const override { return for_shards; }
  void start(const WorkersRun& run, const std::vector<std::string>& arguments) override {
    started = run.workers;
    words = arguments;
  }
  std::vector<WorkerStanding> standings() override { return script_(looks++, stops); }
  void stop(WorkersStop how) override { stops.push_back(how); }
  std::optional<std::filesystem::path> fetch(int worker) override {
    if (worker == unreachable) throw Error(ErrorKind::kFailure, "the bucket does not answer");
    return worker == without_shard ? std::nullopt : std::optional<std::filesystem::path>(std::to_string(worker));
  }

  int started = 0;
  int looks = 0;
  int unreachable = -1;  ///< whose shard cannot be fetched
  int without_shard = -1;
  std::chrono::seconds for_shards = 30s;
  std::vector<std::string> words;
  std::vector<WorkersStop> stops;

 private:
  const Script script_;
};

WorkersRun two_workers() {
  return {.workers = 2, .run = "5f0c3a9b12d47e60", .start = SystemTime::clock::now()};
}

Supervision patient_watch() {
  Supervision how;
  how.run = 10min;
  how.drain = 10min;
  how.on_look = [](const auto&) {};
  return how;
}

TEST(Supervise, StartsWorkersAndFetchesWhatEachLeaves) {
  ScriptedPlace place([](int look, const auto&) {
    const WorkerState state = look < 2 ? WorkerState::kRunning : WorkerState::kOver;
    return std::vector<WorkerStanding>{{state}, {WorkerState::kOver}};
  });
  const auto outcomes = supervise(place, two_workers(), {"loadtest", "llm"}, patient_watch());
  EXPECT_EQ(place.started, 2);
  EXPECT_THAT(place.words, ElementsAre("loadtest", "llm"));
  EXPECT_THAT(place.stops, IsEmpty());
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[1].shard, "1");
  EXPECT_EQ(outcomes[1].why, "");
}

TEST(Supervise, StopsTheOthersOnceOneIsLost) {
  ScriptedPlace place([](int, const std::vector<WorkersStop>& stops) {
    const WorkerState other = stops.empty() ? WorkerState::kRunning : WorkerState::kOver;
    return std::vector<WorkerStanding>{{other}, {WorkerState::kGone, "it was killed by signal 9 (Killed)"}};
  });
  const auto outcomes = supervise(place, two_workers(), {}, patient_watch());
  EXPECT_THAT(place.stops, ElementsAre(WorkersStop::kSoon));
  EXPECT_EQ(outcomes[1].why, "it was killed by signal 9 (Killed)");
}

TEST(Supervise, PassesSignalsOnOnceEach) {
  std::stop_source soon, now;
  soon.request_stop();
  ScriptedPlace place([&](int look, const auto&) {
    if (look == 2) now.request_stop();
    const WorkerState state = look < 4 ? WorkerState::kRunning : WorkerState::kOver;
    return std::vector<WorkerStanding>{{state}, {state}};
  });
  Supervision how = patient_watch();
  how.soon = soon.get_token();
  how.now = now.get_token();
  supervise(place, two_workers(), {}, how);
  EXPECT_THAT(place.stops, ElementsAre(WorkersStop::kSoon, WorkersStop::kNow));
}

TEST(Supervise, LooksNoMoreOftenOnceBothSignalsWerePassedOn) {
  std::stop_source signals;
  signals.request_stop();
  const auto over = std::chrono::steady_clock::now() + 700ms;
  ScriptedPlace place([over](int, const auto&) {
    const bool ended = std::chrono::steady_clock::now() >= over;
    return std::vector<WorkerStanding>(2, {ended ? WorkerState::kOver : WorkerState::kDraining});
  });
  Supervision how = patient_watch();
  how.soon = how.now = signals.get_token();
  supervise(place, two_workers(), {}, how);
  EXPECT_THAT(place.stops, ElementsAre(WorkersStop::kSoon, WorkersStop::kNow));
  EXPECT_LE(place.looks, 6);  // one each fifth of a second
}

TEST(Supervise, KeepsTheOtherShardsWhenOneCannotBeFetched) {
  ScriptedPlace place([](int, const auto&) {
    return std::vector<WorkerStanding>{{WorkerState::kOver, "exit code 7"}, {WorkerState::kOver}};
  });
  place.unreachable = 0;
  const auto outcomes = supervise(place, two_workers(), {}, patient_watch());
  EXPECT_EQ(outcomes[0].shard, std::nullopt);
  EXPECT_EQ(outcomes[0].why, "exit code 7; its shard cannot be fetched: the bucket does not answer");
  EXPECT_EQ(outcomes[1].shard, "1");
}

TEST(Supervise, GivesUpWhoDoesNotEndLongAfterItShouldHave) {
  ScriptedPlace place([](int, const auto&) {
    return std::vector<WorkerStanding>{{WorkerState::kOver}, {WorkerState::kRunning}};
  });
  place.without_shard = 1;
  WorkersRun run = two_workers();
  run.start -= 1h;
  Supervision how = patient_watch();
  how.run = how.drain = 0ms;
  const auto outcomes = supervise(place, run, {}, how);
  EXPECT_EQ(outcomes[0].shard, "0");
  EXPECT_EQ(outcomes[1].shard, std::nullopt);
  EXPECT_EQ(outcomes[1].why, "it did not end, and was given up");
}

TEST(Supervise, TakesTheShardOfOneThatWasGivenUp) {
  ScriptedPlace place([](int, const auto&) {
    return std::vector<WorkerStanding>{{WorkerState::kOver}, {WorkerState::kDraining}};
  });
  WorkersRun run = two_workers();
  run.start -= 1h;
  Supervision how = patient_watch();
  how.run = how.drain = 0ms;
  EXPECT_EQ(supervise(place, run, {}, how)[1].shard, "1");
}

TEST(Supervise, GivesShardsTheTimeThatThePlaceSays) {
  ScriptedPlace place([](int look, const auto&) {
    const WorkerState state = look < 1 ? WorkerState::kDraining : WorkerState::kOver;
    return std::vector<WorkerStanding>{{state}, {state}};
  });
  place.for_shards = 2h;
  WorkersRun run = two_workers();
  run.start -= 1h;
  Supervision how = patient_watch();
  how.run = how.drain = 0ms;
  const auto outcomes = supervise(place, run, {}, how);
  EXPECT_EQ(outcomes[1].why, "");
  EXPECT_EQ(place.looks, 2);
}

}  // namespace
}  // namespace wsdeep::load
