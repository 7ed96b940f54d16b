#include "load/measure/door_use.h"

#include <gtest/gtest.h>

#include "load/measure/connection_tally.h"
#include "support/turn_samples.h"

namespace wsdeep::load {
namespace {

/// Asked at 1 s, acknowledged after 20 ms, answered in two frames from 1.3 s to 2.3 s, over at 2.4 s.
TurnRecord answered_chat_turn() {
  TurnRecord record;
  record.plane = Plane::kChat;
  record.how = TurnEnd::kCompleted;
  record.send = 1'000'000;
  record.ack = 1'020'000;
  record.first = 1'300'000;
  record.last = 2'300'000;
  record.end = 2'400'000;
  record.bytes_sent = 300;
  record.messages_sent = 1;
  record.messages_received = 5;
  record.pieces = {{1'300'000, 3, 12}, {2'300'000, 3, 2'000}};
  return record;
}

DoorUse use_of(const TurnRecord& record) {
  DoorUse use;
  use.add(record);
  return use;
}

TEST(DoorUse, CountsWhatAnAnsweredTurnHad) {
  EXPECT_EQ(use_of(answered_chat_turn()),
            (DoorUse{.messages_sent = 1,
                     .messages_received = 5,
                     .questions = 1,
                     .accepted = 1,
                     .answered = 1,
                     .route_us = 20'000,
                     .generate_us = {1'000'000, 1'380'000},
                     .stored_kb = {2, 4},  // the answer's 2,012 bytes may be one unit or, with its attributes, three
                     .read_4kb = {1, 1}}));
}

TEST(DoorUse, KnowsMoreOfAGenerationThatTheNodeTimed) {
  TurnRecord record = answered_chat_turn();
  record.queue_us = 50'000;
  EXPECT_EQ(use_of(record).generate_us, (CountRange{1'050'000, 1'380'000}));
  record.token_offsets_us = {270'000, 1'260'000};
  EXPECT_EQ(use_of(record).generate_us, (CountRange{1'260'000, 1'380'000}));
}

/// 96,000 characters of four bytes each, and one page of messages (1 MB) of which the last does not fit any more.
TEST(DoorUse, ReadsNoMoreThanAHistoryMayHave) {
  TurnRecord record = answered_chat_turn();
  record.turn = 2;
  EXPECT_EQ(use_of(record).read_4kb, (CountRange{1, 350})) << "nothing is known of what went before";
  record.prompt_tokens = 1'000;
  EXPECT_EQ(use_of(record).read_4kb, (CountRange{1, 3}));
  record.prompt_tokens = 12'000;
  EXPECT_EQ(use_of(record).read_4kb, (CountRange{1, 280})) << "96,000 bytes, and what did not fit into the prompt";
  record.prompt_tokens = 1'000'000;
  EXPECT_EQ(use_of(record).read_4kb, (CountRange{1, 350}));
}

TEST(DoorUse, CountsOnlyWhatATurnCameTo) {
  TurnRecord refused = answered_chat_turn();
  refused.how = TurnEnd::kRefused;
  refused.ack = refused.first = refused.last = kNever;
  refused.pieces.clear();
  EXPECT_EQ(use_of(refused), (DoorUse{.messages_sent = 1, .messages_received = 5, .questions = 1}));
  refused.send = kNever;
  EXPECT_EQ(use_of(refused).questions, 0U);
  TurnRecord past_the_door = answered_chat_turn();
  past_the_door.plane = Plane::kLlm;
  EXPECT_EQ(use_of(past_the_door), DoorUse{});
}

TEST(DoorUse, HasAnItemMoreForEachKilobyteBegun) {
  const auto most_for = [](std::uint64_t bytes) {
    TurnRecord record = answered_chat_turn();
    record.how = TurnEnd::kFailed;
    record.first = record.last = kNever;
    record.pieces.clear();
    record.bytes_sent = bytes;
    return use_of(record).stored_kb.most;
  };
  EXPECT_EQ(most_for(1024 - kItemBytes), 1U);
  EXPECT_EQ(most_for(1025 - kItemBytes), 2U);
  EXPECT_EQ(most_for(2049 - kItemBytes), 3U);
}

ConnectionRecord connection_that_lived(Micros opened, Micros closed) {
  ConnectionRecord record;
  record.begin = opened - 30'000;
  record.connected = opened - 20'000;
  record.secured = opened - 12'000;
  record.opened = opened;
  record.closed = closed;
  record.other_messages = 2;
  return record;
}

TEST(ConnectionUse, IsWhatLiesInTheWindow) {
  ConnectionTally tally;
  tally.add(connection_that_lived(0, 90'000'000));            // all of it
  tally.add(connection_that_lived(40'000'000, kNever));       // still open at the end
  tally.add(connection_that_lived(5'000'000, 20'000'000));    // begins before
  tally.add(connection_that_lived(80'000'000, 100'000'000));  // after it
  tally.add(ConnectionRecord{.begin = 15'000'000});           // never opened
  EXPECT_EQ(tally.use_in({10'000'000, 70'000'000}), (ConnectionUse{.open_us = 60'000'000 + 30'000'000 + 10'000'000,
                                                                   .opened = 1,
                                                                   .closed = 1,
                                                                   .upgrade_us = 12'000,
                                                                   .messages = 8}));
}

}  // namespace
}  // namespace wsdeep::load
