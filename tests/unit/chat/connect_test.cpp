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

class Crowded : public Connect {
 protected:
  Crowded() {
    limits.allow_rooms = true;
    for (int i = 0; i < 100; ++i) arrive(i);
    replies.posts.clear();
    rooms.reads = 0;
  }
  void arrive(int number) {
    Arrival who = arrival();
    who.connection_id = "conn-" + std::to_string(number);
    who.user_id = "u-" + std::to_string(number);
    connect_with(who);
  }
  void depart(int number) { disconnect("conn-" + std::to_string(number), ports(), limits); }
  /// How many each frame told to `connection_id` names.
  std::vector<std::size_t> told(const std::string& connection_id) const {
    std::vector<std::size_t> counts;
    for (const auto& [to, text] : replies.posts)
      if (to == connection_id)
        counts.push_back(std::get<wire::Presence>(wire::parse_server_frame(text)).members.size());
    return counts;
  }
  /// `act` at the first post of all.
  void during_the_first_post(std::function<void()> act) {
    replies.before_post = [act = std::move(act), done = false](const std::string&, const wire::ServerFrame&) mutable {
      if (!std::exchange(done, true)) act();
    };
  }
};
using Arrivals = Crowded;
using Departures = Crowded;

TEST_F(Arrivals, AreToldTogetherByOneOfThem) {
  during_the_first_post([&] {
    for (int i = 101; i < 200; ++i) arrive(i);
  });
  arrive(100);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{1, 99}));
  EXPECT_EQ(rooms.reads, 2) << "not one for each of them";
  EXPECT_TRUE(rooms.arrived.at("lobby").empty());
  EXPECT_EQ(told("conn-100"), std::vector<std::size_t>{99}) << "who came before them hears of them all";
  EXPECT_EQ(told("conn-150"), std::vector<std::size_t>{98}) << "one of them hears of the others, and not of himself";
  arrive(200);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{1, 99, 1})) << "and the next one's turn is his own";
  EXPECT_TRUE(told("conn-200").empty());
}

TEST_F(Arrivals, OfAUserByTwoConnectionsAtOnceAreToldOnce) {
  during_the_first_post([&] {
    for (const char* id : {"one", "two"}) {
      Arrival who = arrival();
      who.connection_id = id;
      who.user_id = "both";
      connect_with(who);
    }
  });
  arrive(100);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{1, 1}));
  EXPECT_TRUE(told("one").empty() && told("two").empty());
}

TEST_F(Arrivals, AreToldByTheNextWhereOneHasDiedInHisTurn) {
  const std::int64_t now = epoch_ms(clock.now());
  rooms.ask_to_tell("lobby", "dead", {now, now + 15'000});
  arrive(100);
  EXPECT_TRUE(told("conn-0").empty());
  clock.advance(std::chrono::seconds(16));
  depart(1);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{1, 1})) << "one has come and one has left";
}

TEST_F(Arrivals, KeepNobodyWaitingForLongAndAreToldOnce) {
  int number = 101;
  replies.before_post = [&](const std::string& connection_id, const wire::ServerFrame&) {
    if (connection_id != "conn-0" || number > 104) return;
    clock.advance(std::chrono::milliseconds(600));
    arrive(number++);
  };
  arrive(100);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{1, 1, 1, 1, 1})) << "nobody twice, though turns end meanwhile";
  EXPECT_TRUE(rooms.arrived.at("lobby").empty());
  EXPECT_FALSE(rooms.turns.contains("lobby"));
}

TEST_F(Arrivals, AreNotToldByOneFromWhomAnotherHasTakenThem) {
  bool first = true;
  rooms.faults["take_arrived"] = [&] {
    if (std::exchange(first, false)) rooms.take_arrived("lobby", rooms.census("lobby").arrived);
  };
  arrive(100);
  EXPECT_TRUE(told("conn-0").empty());
  EXPECT_FALSE(rooms.turns.contains("lobby"));
}

TEST_F(Arrivals, ThatLeaveBeforeTheyAreToldCameFirst) {
  during_the_first_post([&] {
    arrive(101);
    depart(101);
    arrive(102);
  });
  arrive(100);
  std::vector<std::pair<wire::Presence::Event, std::vector<wire::Occupant>>> seen;
  for (const auto& [to, text] : replies.posts) {
    if (to != "conn-0") continue;
    const auto frame = std::get<wire::Presence>(wire::parse_server_frame(text));
    seen.emplace_back(frame.event, frame.members);
  }
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].first, wire::Presence::Event::kJoin);
  EXPECT_EQ(seen[1].second, (std::vector<wire::Occupant>{{"u-101", "u-101"}, {"u-102", "u-102"}}));
  EXPECT_EQ(seen[2].first, wire::Presence::Event::kLeave);
  EXPECT_EQ(seen[2].second, (std::vector<wire::Occupant>{{"u-101", "u-101"}}));
}

TEST_F(Arrivals, AreToldInFramesThatAClientCanTake) {
  const std::int64_t now = epoch_ms(clock.now());
  rooms.ask_to_tell("lobby", "dead", {now, now + 1});
  for (int i = 100; i < 501; ++i) arrive(i);
  clock.advance(std::chrono::seconds(1));
  arrive(501);
  EXPECT_EQ(told("conn-0"), (std::vector<std::size_t>{200, 200, 2}));
  EXPECT_EQ(told("conn-501"), (std::vector<std::size_t>{200, 200, 1}));
}

TEST_F(Departures, AreToldTogetherByOneOfThem) {
  during_the_first_post([&] {
    for (int i = 1; i < 90; ++i) depart(i);
  });
  depart(0);
  EXPECT_EQ(told("conn-99"), (std::vector<std::size_t>{1, 89}));
  EXPECT_EQ(rooms.reads, 2) << "not one for each of them";
  EXPECT_TRUE(rooms.departed.at("lobby").empty());
  EXPECT_EQ(connections.records.size(), 10u);
  depart(90);
  EXPECT_EQ(told("conn-99"), (std::vector<std::size_t>{1, 89, 1})) << "and the next one's turn is his own";
}

TEST_F(Departures, AreToldByTheNextWhereOneHasDiedInHisTurn) {
  const std::int64_t now = epoch_ms(clock.now());
  rooms.ask_to_tell("lobby", "dead", {now, now + 15'000});
  depart(0);
  EXPECT_TRUE(told("conn-99").empty());
  clock.advance(std::chrono::seconds(16));
  depart(1);
  EXPECT_EQ(told("conn-99"), std::vector<std::size_t>{2});
}

TEST_F(Departures, AreNotToldByOneForEver) {
  int number = 1;
  replies.before_post = [&](const std::string& connection_id, const wire::ServerFrame&) {
    if (connection_id != "conn-99" || number > 3) return;
    clock.advance(std::chrono::seconds(2));
    depart(number++);
  };
  depart(0);
  EXPECT_EQ(told("conn-99"), (std::vector<std::size_t>{1, 1, 1, 1})) << "five seconds, and one look more";
  EXPECT_TRUE(rooms.departed.at("lobby").empty()) << "though nobody departs after them";
  EXPECT_FALSE(rooms.turns.contains("lobby"));
}

TEST_F(Departures, AreToldByOneOfThemWhereTheTurnOfAnotherIsOver) {
  int number = 1;
  replies.before_post = [&](const std::string& connection_id, const wire::ServerFrame&) {
    if (connection_id != "conn-99" || number > 4) return;
    clock.advance(std::chrono::seconds(2));
    depart(number++);
  };
  depart(0);
  EXPECT_EQ(told("conn-99"), (std::vector<std::size_t>{1, 1, 1, 2, 1})) << "the fifth tells while the first one looks";
  EXPECT_TRUE(rooms.departed.at("lobby").empty());
}

TEST_F(Departures, AreToldByTheNextWhereOneFailedInHisTurn) {
  rooms.faults["members"] = fails("the table is down");
  EXPECT_THROW(depart(0), Error);
  rooms.faults.clear();
  depart(1);
  EXPECT_EQ(told("conn-99"), std::vector<std::size_t>{2});
}

TEST_F(Departures, FailWithBothCausesWhereTheTurnCannotBeEndedEither) {
  rooms.faults["members"] = fails("no census");
  rooms.faults["end_telling"] = fails("no end");
  try {
    depart(0);
    FAIL() << "it fails";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no census; nor could the turn to tell be ended: no end");
  }
}

TEST_F(Departures, AreToldInFramesThatAClientCanTake) {
  for (int i = 100; i < 502; ++i) arrive(i);
  replies.posts.clear();
  const std::int64_t now = epoch_ms(clock.now());
  rooms.ask_to_tell("lobby", "dead", {now, now + 1});
  for (int i = 100; i < 501; ++i) depart(i);
  clock.advance(std::chrono::seconds(1));
  depart(501);
  EXPECT_EQ(told("conn-99"), (std::vector<std::size_t>{200, 200, 2}));
}

TEST_F(Departures, AreOfNoInterestWhereTheUserIsStillThere) {
  Arrival again = arrival();
  again.connection_id = "again";
  again.user_id = "u-0";
  connect_with(again);
  depart(0);
  EXPECT_TRUE(told("conn-99").empty());
  EXPECT_TRUE(rooms.departed.at("lobby").empty());
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
