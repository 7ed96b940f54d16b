#include "load/screen/screen.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/display.h"
#include "base/files.h"
#include "base/text.h"
#include "load/measure/levels.h"

namespace wsdeep::load {
namespace {

constexpr Micros kScreenMs = 1000;
constexpr Micros kScreenSecond = 1'000'000;

std::optional<Quantile> exactly(Micros value) {
  return Quantile{value, false};
}

LevelResult standing(const std::string& text, std::optional<double> value, Judgement judgement, std::string why = {}) {
  return {.level = parse_level(text), .where = "all", .value = value, .judgement = judgement, .why = std::move(why)};
}

LiveNode node_at_work(const std::string& name, std::uint64_t recent, Micros at) {
  return {.name = name,
          .turns = 8 * recent,
          .recent = recent,
          .ttft_p50 = exactly(171 * kScreenMs),
          .last_good = at - 20 * kScreenMs};
}

/// A chat load over three nodes, one of which is killed at 30 s.
Progress second_of_chat(Micros at) {
  Progress progress;
  progress.at = at;
  progress.length = 60 * kScreenSecond;
  progress.due = static_cast<std::uint64_t>(25 * at / kScreenSecond);
  progress.begun = *progress.due - 2;
  progress.in_flight = 38;
  Live& live = progress.live;
  live.so_far.attempts = progress.begun - 38;
  const std::uint64_t lost = at > 30 * kScreenSecond ? 17 : 0;
  live.so_far.slow = 12;
  live.so_far.truncated = lost;
  live.so_far.refused = 3;
  live.so_far.good = live.so_far.attempts - 15 - lost;
  live.errors = {{"overloaded", 3}};
  if (lost > 0) live.errors["close 1006"] = lost;
  live.ttft_p50 = exactly(171 * kScreenMs);
  live.ttft_p99 = exactly((lost > 0 ? 900 : 400) * kScreenMs + at % 7'000'000 / 20);
  live.frame_gap_p50 = exactly(20'100);
  live.frame_gap_p99 = exactly(45'200);
  live.nodes = {node_at_work("n1", 90, at), node_at_work("n2", lost > 0 ? 0 : 80, at), node_at_work("n3", 81, at)};
  if (lost > 0) live.nodes[1] = {.name = "n2", .turns = 640, .bad = lost, .last_good = 29'900 * kScreenMs};
  live.levels = {standing("ttft_p99<800ms", 1'240'000, Judgement::kMissed),
                 standing("good_share>95%", 0.981, Judgement::kMet),
                 standing("stickiness>90%", std::nullopt, Judgement::kUndecided, "told at the end")};
  progress.driver.sessions = SessionsNow{.open = 498, .opened = 500 + lost, .failed = 0, .storms = 0};
  return progress;
}

RunHistory chat_until(Micros end) {
  RunHistory history;
  for (Micros at = kScreenSecond; at <= end; at += kScreenSecond) history.add(second_of_chat(at));
  return history;
}

RunHistory killed_node() {
  return chat_until(42 * kScreenSecond);
}

RunHistory interrupted_chat() {
  RunHistory history = killed_node();
  Progress progress = second_of_chat(43 * kScreenSecond);
  progress.phase = Phase::kDraining;
  progress.drain_left = 29 * kScreenSecond;
  progress.ended_by = EndedBy::kInterrupt;
  progress.broken = {{"wake_lag_p99", "16 ms", "5 ms", "", true}, {"cpu", "91 %", "80 %", "", true}};
  history.add(std::move(progress));
  return history;
}

/// Sessions that are held, and lost in storms.
RunHistory held_sessions() {
  RunHistory history;
  for (Micros at = kScreenSecond; at <= 40 * kScreenSecond; at += kScreenSecond) {
    Progress progress;
    progress.at = at;
    progress.length = 60 * kScreenSecond;
    progress.due = progress.begun = static_cast<std::uint64_t>(std::min<Micros>(at / kScreenSecond, 20)) * 25;
    progress.live.so_far.attempts = progress.begun;
    progress.live.so_far.good = progress.begun;
    const bool held = at > 20 * kScreenSecond;
    progress.phase = held ? Phase::kHolding : Phase::kSending;
    progress.driver.sessions = SessionsNow{.open = progress.begun - (held ? 40U : 0U),
                                           .opened = progress.begun * (held ? 2 : 1),
                                           .storms = held ? 1U : 0U};
    history.add(std::move(progress));
  }
  return history;
}

/// Both planes, whose nodes are watched.
RunHistory both_planes() {
  RunHistory history = chat_until(11 * kScreenSecond);
  Progress progress = second_of_chat(12 * kScreenSecond);
  progress.driver.planes = {{.name = "chat",
                             .in_flight = 38,
                             .answered = 250,
                             .failed = 3,
                             .ttft_p50 = exactly(171 * kScreenMs),
                             .ttft_p99 = exactly(400 * kScreenMs)},
                            {.name = "llm",
                             .in_flight = 30,
                             .answered = 260,
                             .ttft_p50 = exactly(120 * kScreenMs),
                             .ttft_p99 = exactly(310 * kScreenMs)}};
  progress.driver.nodes = {{.name = "n1"}, {.name = "n2", .draining = true}, {.name = "n3", .answers = false}};
  history.add(std::move(progress));
  return history;
}

struct ScreenCase {
  std::string name;
  ScreenHead head;
  RunHistory (*history)();
  ScreenSize size;
};

const ScreenHead kChatHead{"chat", "wss://127.0.0.1:4510/prod", ""};

std::filesystem::path golden_screen(const std::string& name) {
  return std::filesystem::path(WSDEEP_TESTS) / "golden/load" / ("screen_" + name + ".txt");
}

class RunScreen : public ::testing::TestWithParam<ScreenCase> {
 protected:
  std::vector<std::string> lines(bool colour = false) const {
    return screen_lines(GetParam().head, GetParam().history(), GetParam().size, colour);
  }
};

/// With WSDEEP_REWRITE_GOLDEN=1 it is written instead.
TEST_P(RunScreen, IsTheExpectedScreen) {
  std::string text;
  for (const std::string& line : lines()) text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  DiskFiles files;
  const auto golden = golden_screen(GetParam().name);
  if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr) files.write(golden, text);
  EXPECT_EQ(text, files.read(golden));
}

/// And of what is smaller, too.
TEST_P(RunScreen, FitsEveryTerminal) {
  for (const std::size_t columns : {1, 10, 40, 79, 80, 119, 120, 160, 400})
    for (const std::size_t rows : {1, 2, 10, 24, 50}) {
      const auto shown = screen_lines(GetParam().head, GetParam().history(), {columns, rows}, true);
      EXPECT_LE(shown.size(), rows);
      for (const std::string& line : shown) EXPECT_LE(display_width(line), columns) << line;
    }
}

TEST_P(RunScreen, SaysTheSameWithoutColours) {
  std::vector<std::string> plain;
  for (const std::string& line : lines(true)) {
    std::string text;
    for (std::size_t at = 0; at < line.size();)
      if (const std::size_t sequence = sgr_sequence(std::string_view(line).substr(at)); sequence > 0)
        at += sequence;
      else
        text += line[at++];
    plain.push_back(text);
  }
  EXPECT_EQ(plain, lines(false));
}

INSTANTIATE_TEST_SUITE_P(
    Runs, RunScreen,
    ::testing::Values(
        ScreenCase{"chat_80x24", kChatHead, killed_node, {80, 24}},
        ScreenCase{"chat_160x50", {"chat", "wss://127.0.0.1:4510/prod", "A 3 of 5"}, killed_node, {160, 50}},
        ScreenCase{"chat_40x10", kChatHead, killed_node, {40, 10}},
        ScreenCase{"interrupted_80x24", kChatHead, interrupted_chat, {80, 24}},
        ScreenCase{"connect_80x24", {"connect", "wss://127.0.0.1:4510/prod", ""}, held_sessions, {80, 24}},
        ScreenCase{"both_80x24", {"both", "wss://a/prod and grpc://b:50051", ""}, both_planes, {80, 24}}),
    [](const auto& one) { return one.param.name; });

TEST(RunScreenLists, ShowWhatIsMissedAndWhatIsSickWhereThereIsNoRoomForAll) {
  RunHistory history;
  Progress progress = second_of_chat(12 * kScreenSecond);
  progress.live.levels.assign(20, standing("ttft_p50<1s", 171'000, Judgement::kMet));
  progress.live.levels.push_back(standing("ttft_p99<1s", 1'710'000, Judgement::kMissed));
  progress.live.nodes.clear();
  for (int node = 10; node < 50; ++node)
    progress.live.nodes.push_back(node_at_work("node-" + std::to_string(node), 10, progress.at));
  progress.live.nodes.back().recent_bad = progress.live.nodes.back().bad = 4;
  history.add(progress);
  const std::string text = join(screen_lines(kChatHead, history, {80, 24}, false), "\n");
  EXPECT_NE(text.find("MISSED     ttft_p99<1s"), std::string::npos) << text;
  EXPECT_NE(text.find("node-49"), std::string::npos) << text;
  EXPECT_NE(text.find("failing"), std::string::npos) << text;
  EXPECT_NE(text.find("more"), std::string::npos) << text;
}

TEST(RunScreenClaims, AreNoneOfWhatWorkersDoNotSay) {
  RunHistory history;
  Progress progress;
  progress.at = kScreenSecond;
  progress.judged = false;
  progress.live.so_far.attempts = 40;
  progress.live.so_far.failed = 4;
  history.add(progress);
  const std::string text = join(screen_lines(kChatHead, history, {80, 24}, false), "\n");
  EXPECT_NE(text.find("tool      told at the end"), std::string::npos) << text;
  EXPECT_NE(text.find("turns     40 ended  4 bad (10.0%)"), std::string::npos) << text;
}

TEST(RunScreenClaims, AreNoneOfARunThatHasNotBegun) {
  RunHistory history;
  Progress progress;
  progress.phase = Phase::kPreparing;
  progress.driver.sessions = SessionsNow{.open = 120, .opened = 120};
  history.add(progress);
  const auto lines = screen_lines(kChatHead, history, {80, 24}, false);
  EXPECT_EQ(lines.at(2), "preparing no turn was begun yet");
  EXPECT_TRUE(history.samples().empty());
}

TEST(RunHistoryRates, AreOfTheLastTenSeconds) {
  RunHistory history;
  EXPECT_EQ(history.sent_rate(), 0);
  for (Micros second = 1; second <= 30; ++second) {
    Progress progress;
    progress.at = second * kScreenSecond;
    progress.begun = static_cast<std::uint64_t>(second <= 20 ? 5 * second : 100 + 50 * (second - 20));
    history.add(std::move(progress));
  }
  EXPECT_DOUBLE_EQ(history.sent_rate(), 50);
  EXPECT_FALSE(history.due_rate());
}

}  // namespace
}  // namespace wsdeep::load
