#include "load/shard/record_bytes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <limits>
#include <string>

#include "base/error.h"
#include "support/random_runs.h"

namespace wsdeep::load {
namespace {

constexpr Micros kShardBegin = 5'000'000;

TurnRecord full_turn() {
  TurnRecord turn;
  turn.index = std::numeric_limits<std::uint64_t>::max();
  turn.plane = Plane::kChat;
  turn.stage = 3;
  turn.conversation = 77;
  turn.turn = 2;
  turn.intended = 6'000'000;
  turn.send = 6'000'010;
  turn.ack = 6'000'020;
  turn.first = 6'100'000;
  turn.answer = 6'200'000;
  turn.last = 6'300'000;
  turn.end = 6'300'001;
  turn.how = TurnEnd::kTruncated;
  turn.reason = "close 1006";
  turn.detail = "\xff\"";
  turn.node = "n1";
  turn.moved = true;
  turn.counted_by = TokenCount::kNode;
  turn.output_tokens = 9;
  turn.reasoning_tokens = 4;
  turn.prompt_tokens = 100;
  turn.cached_prompt_tokens = 0;
  turn.bytes_sent = 1;
  turn.bytes_received = 2;
  turn.messages_sent = 3;
  turn.messages_received = 4;
  turn.billed_messages = 5;
  turn.gaps = 6;
  turn.repeats = 7;
  turn.disorders = 8;
  turn.restarts = 9;
  turn.queue_us = 10;
  turn.prefill_us = -1;
  turn.arrived_at = 123'456'789;
  turn.token_offsets_us = {5, 3, std::numeric_limits<std::uint32_t>::max()};
  turn.cancelled_at = 6'250'000;
  turn.slot_free_at = 6'260'000;
  turn.wasted_tokens = 11;
  turn.pieces = {{6'100'000, 2, 9}, {6'200'000, 0, 1}, {6'300'000, 7, std::numeric_limits<std::uint32_t>::max()}};
  return turn;
}

ConnectionRecord full_connection() {
  return {.session = 5,
          .intended = 1,
          .begin = 2,
          .resolved = 3,
          .connected = 4,
          .secured = 5,
          .opened = 6,
          .closed = 9'000'000,
          .status = 403,
          .close_code = 1001,
          .closed_by_peer = true,
          .again = true,
          .resumed = true,
          .reason = "http 403",
          .other_messages = 7,
          .sign_in_us = 8};
}

/// That nothing is lost but the begin is said by writing again what was read.
TEST(RecordBytes, AreReadAsTheyWereWritten) {
  const std::string turn = turn_bytes(full_turn(), kShardBegin);
  const TurnRecord read = turn_of_bytes(turn);
  EXPECT_EQ(turn_bytes(read, 0), turn);
  EXPECT_EQ(read.intended, 1'000'000);
  EXPECT_EQ(read.pieces.at(2).at, 1'300'000);
  EXPECT_EQ(read.pieces.at(2).bytes, std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(read.arrived_at, 123'456'789);
  EXPECT_EQ(read.token_offsets_us, full_turn().token_offsets_us);
  EXPECT_EQ(read.detail, full_turn().detail);
  const std::string connection = connection_bytes(full_connection(), kShardBegin);
  EXPECT_EQ(connection_bytes(connection_of_bytes(connection), 0), connection);
  EXPECT_EQ(connection_of_bytes(connection).closed, 4'000'000);
}

TEST(RecordBytes, KeepWhatDidNotCome) {
  const TurnRecord read = turn_of_bytes(turn_bytes({}, kShardBegin));
  EXPECT_EQ(read.send, kNever);
  EXPECT_EQ(read.end, kNever);
  EXPECT_EQ(read.prompt_tokens, std::nullopt);
  EXPECT_EQ(connection_of_bytes(connection_bytes({}, kShardBegin)).sign_in_us, kNever);
}

/// Who adds a field adds it to record_bytes.cpp, and says the new size here.
TEST(RecordBytes, KnowAllThatARecordHas) {
  EXPECT_EQ(sizeof(TurnRecord), 416u);
  EXPECT_EQ(sizeof(Piece), 16u);
  EXPECT_EQ(sizeof(ConnectionRecord), 128u);
}

TEST(RecordBytes, RefuseWhatIsCutOffOrToldWrong) {
  const std::string turn = turn_bytes(full_turn(), kShardBegin);
  for (std::size_t size = 0; size < turn.size(); ++size) EXPECT_THROW(turn_of_bytes(turn.substr(0, size)), Error);
  EXPECT_THROW(turn_of_bytes(turn + '\0'), Error);
  EXPECT_THROW(connection_of_bytes(std::string(20, '\xff')), Error);
}

/// Whatever a byte is changed to, it is refused or read as some record.
TEST(RecordBytes, BearAnyByte) {
  const std::string turn = turn_bytes(full_turn(), kShardBegin);
  for (std::size_t at = 0; at < turn.size(); ++at)
    for (const char byte : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
      std::string broken = turn;
      broken[at] = byte;
      try {
        turn_of_bytes(broken);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      }
    }
}

TEST(RecordBytes, AreAsTheyWereForAnyRun) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    for (const TurnRecord& turn : RandomRuns(seed).make().turns) {
      const std::string bytes = turn_bytes(turn, 0);
      EXPECT_EQ(turn_bytes(turn_of_bytes(bytes), 0), bytes);
    }
}

}  // namespace
}  // namespace wsdeep::load
