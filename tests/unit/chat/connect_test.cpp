#include <gtest/gtest.h>

#include "support/chat_fakes.h"

namespace wsdeep::chat {
namespace {

using namespace wsdeep::testing;

class Connect : public ::testing::Test {
 protected:
  Arrival arrival(std::optional<std::string> session_id = std::nullopt) {
    return {"conn", "u-1",         "u@example.com",       "d.example",
            "prod", "https://app", std::move(session_id), 1'700'000'000'000};
  }
  ConnectVerdict connect_with(const Arrival& who) { return connect(who, ports(), chats, limits); }
  RoomPorts ports() { return {connections, rooms, replies, clock}; }

  ManualClock clock;
  MemoryConnections connections;
  MemoryRooms rooms{connections};
  MemoryChats chats{clock};
  RecordingReplies replies;
  Limits limits;
};

TEST_F(Connect, StoresTheConnectionAndOpensANewChat) {
  EXPECT_EQ(connect_with(arrival()), ConnectVerdict::kAccepted);
  ASSERT_EQ(chats.records.size(), 1u);
  const Chat chat = chats.records.begin()->second.chat;
  EXPECT_EQ(chat.user_id, "u-1");
  EXPECT_TRUE(is_chat_id(chat.chat_id));
  EXPECT_EQ(connections.records.at("conn"),
            (Connection{"conn", "u-1", "u@example.com", "d.example", "prod", "https://app", chat.chat_id,
                        1'700'000'000'000, 1'700'000'000 + 3 * 3600}));
}

TEST_F(Connect, ResumesTheUsersOwnChat) {
  EXPECT_EQ(connect_with(arrival("my-session")), ConnectVerdict::kAccepted);
  EXPECT_EQ(connect_with(arrival("my-session")), ConnectVerdict::kAccepted);
  EXPECT_EQ(connections.records.at("conn").chat_id, "my-session");
  EXPECT_EQ(chats.records.size(), 1u);
}

TEST_F(Connect, RefusesSomebodyElsesChat) {
  chats.open("theirs", "u-2");
  EXPECT_EQ(connect_with(arrival("theirs")), ConnectVerdict::kForeignSession);
  EXPECT_TRUE(connections.records.empty());
}

TEST_F(Connect, RefusesMalformedSessionIds) {
  for (const std::string& bad : {std::string(), std::string(129, 'a'), std::string("a b"), std::string("a/b"),
                                 std::string("é"), std::string("a\0b", 3), std::string("msg#1")}) {
    EXPECT_EQ(connect_with(arrival(bad)), ConnectVerdict::kBadSession) << bad;
    EXPECT_TRUE(chats.records.empty());
  }
  EXPECT_EQ(connect_with(arrival(std::string(128, 'a'))), ConnectVerdict::kAccepted);
}

TEST_F(Connect, FailsWhenAStoreFails) {
  connections.faults["put"] = fails("down");
  EXPECT_THROW(connect_with(arrival()), Error);
}

TEST_F(Connect, DisconnectForgetsTheConnection) {
  connect_with(arrival());
  disconnect("conn", ports(), limits);
  EXPECT_TRUE(connections.records.empty());
}

TEST_F(Connect, EntersTheLobbyWhereThereAreRooms) {
  limits.allow_rooms = true;
  Arrival first = arrival();
  first.user_name = "alice";
  connect_with(first);
  Arrival second = arrival();
  second.connection_id = "conn-2";
  second.user_id = "u-2";
  second.user_name = "bob";
  connect_with(second);
  EXPECT_EQ(connections.records.at("conn").rooms, std::vector<std::string>{"lobby"});
  ASSERT_EQ(replies.posts.size(), 1u) << "who comes is told to those who are there, and to nobody else";
  EXPECT_EQ(replies.posts.front().first, "conn");
  EXPECT_EQ(replies.of<wire::Presence>().front().members, (std::vector<wire::Occupant>{{"u-2", "bob"}}));
  replies.posts.clear();
  disconnect("conn", ports(), limits);
  EXPECT_EQ(rooms.records.at("lobby").size(), 1u);
  ASSERT_EQ(replies.posts.size(), 1u);
  EXPECT_EQ(replies.posts.front().first, "conn-2");
  EXPECT_EQ(replies.of<wire::Presence>().front().event, wire::Presence::Event::kLeave);
}

TEST_F(Connect, TellsNobodyOfASecondConnectionOfOneWhoIsThere) {
  limits.allow_rooms = true;
  connect_with(arrival());
  Arrival again = arrival();
  again.connection_id = "conn-2";
  connect_with(again);
  disconnect("conn-2", ports(), limits);
  EXPECT_TRUE(replies.posts.empty());
}

TEST_F(Connect, LeavesTheRoomsWhenItIsToldTwice) {
  limits.allow_rooms = true;
  connect_with(arrival());
  connections.faults["remove"] = fails("down");
  EXPECT_THROW(disconnect("conn", ports(), limits), Error);
  connections.faults.clear();
  disconnect("conn", ports(), limits);
  EXPECT_TRUE(rooms.records.at("lobby").empty());
  EXPECT_TRUE(connections.records.empty());
}

}  // namespace
}  // namespace wsdeep::chat
