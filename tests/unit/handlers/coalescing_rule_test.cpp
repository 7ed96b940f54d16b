// What a load test says of other coalescing windows, held to the code that puts answers into frames.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>
#include <vector>

#include "chat/answer_stream.h"
#include "load/measure/coalescing.h"
#include "support/chat_fakes.h"

namespace wsdeep::handlers {
namespace {

using std::chrono::milliseconds;

std::size_t frames_of_handlers(const std::vector<std::uint32_t>& tokens_ms, milliseconds window) {
  testing::ManualClock clock;
  testing::MemoryConnections connections;
  testing::MemoryRooms rooms{connections};
  testing::MemoryChats chats{clock};
  testing::RecordingReplies replies;
  testing::ScriptedLlm llm{clock};
  const chat::TurnKey turn{"c", "m", 1};
  chats.open("c", "u");
  chats.begin_turn(turn, "title");
  for (const std::uint32_t at : tokens_ms) llm.text(static_cast<int>(at), "word ");
  llm.end(static_cast<int>(tokens_ms.back()));
  chat::Limits limits;
  limits.coalesce_window = window;
  chat::AnswerStream stream(turn, {"conn"}, {connections, rooms, chats, replies, llm, clock}, limits,
                            clock.steady_now() + std::chrono::hours(1));
  EXPECT_TRUE(stream.run({}).whole);
  return replies.of<wire::Chunk>().size();
}

TEST(CoalescingRule, IsThatOfTheHandlersWhateverTheSchedule) {
  std::mt19937 random(7);
  const auto up_to = [&](std::uint32_t most) { return static_cast<std::uint32_t>(random() % (most + 1)); };
  for (int round = 0; round < 300; ++round) {
    const milliseconds window(up_to(60));
    std::vector<std::uint32_t> tokens_ms{up_to(300)};
    for (std::uint32_t more = up_to(80); more > 0; --more) tokens_ms.push_back(tokens_ms.back() + up_to(50));
    load::CoalescingCase told{.window = std::chrono::microseconds(window).count()};
    std::vector<std::uint32_t> offsets_us;
    for (const std::uint32_t at : tokens_ms) offsets_us.push_back(at * 1000);
    told.add(offsets_us);
    ASSERT_EQ(told.frames, frames_of_handlers(tokens_ms, window)) << round;
  }
}

TEST(CoalescingRule, HasTheHandlersUsualWindow) {
  EXPECT_EQ(std::chrono::microseconds(chat::Limits().coalesce_window).count(), load::kUsualCoalescingWindow);
}

}  // namespace
}  // namespace wsdeep::handlers
