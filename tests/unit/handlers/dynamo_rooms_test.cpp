#include "handlers/dynamo_rooms.h"

#include "support/handlers_fixture.h"

namespace wsdeep::handlers {
namespace {

using chat::Rooms;
using testing::Cloud;

class DynamoRoomsTest : public testing::HandlersTest {
 protected:
  DynamoRoomsTest() {
    for (const char* id : {"a", "b"}) connections_.put({id, "u-1", "", "d", "s", "", "c-1", 1, 99, "alice"});
  }
  static chat::Member member(std::string id) { return {std::move(id), "u-1", "alice", 99}; }
};

TEST_F(DynamoRoomsTest, GivesBackWhoIsThere) {
  EXPECT_EQ(rooms_.join("ops", member("a")), Rooms::Joined::kNew);
  EXPECT_EQ(rooms_.join("ops", member("b")), Rooms::Joined::kNew);
  EXPECT_EQ(rooms_.join("other", member("b")), Rooms::Joined::kNew);
  EXPECT_EQ(rooms_.members("ops"), (std::vector<chat::Member>{member("a"), member("b")}));
  EXPECT_EQ(connections_.find("b")->rooms, (std::vector<std::string>{"ops", "other"}));
  EXPECT_TRUE(rooms_.leave("ops", "b"));
  EXPECT_FALSE(rooms_.leave("ops", "b"));
  EXPECT_EQ(rooms_.members("ops").size(), 1u);
  EXPECT_EQ(connections_.find("b")->rooms, (std::vector<std::string>{"other"}));
}

TEST_F(DynamoRoomsTest, IsJoinedOnceHoweverOftenItIsAsked) {
  cloud_.will("TransactWriteItems", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(rooms_.join("ops", member("a")), Rooms::Joined::kNew) << "its own answer, known by the token";
  EXPECT_EQ(rooms_.join("ops", member("a")), Rooms::Joined::kThere);
  EXPECT_EQ(rooms_.members("ops").size(), 1u);
}

TEST_F(DynamoRoomsTest, LetsNobodyInWhoHasEnded) {
  EXPECT_EQ(rooms_.join("ops", member("gone")), Rooms::Joined::kNoConnection);
  EXPECT_TRUE(rooms_.members("ops").empty());
  EXPECT_EQ(connections_.find("gone"), std::nullopt);
}

TEST_F(DynamoRoomsTest, HasRoomForSoManyRooms) {
  for (std::size_t i = 0; i < chat::kMostRooms; ++i)
    EXPECT_EQ(rooms_.join("r" + std::to_string(i), member("a")), Rooms::Joined::kNew);
  EXPECT_EQ(rooms_.join("one-more", member("a")), Rooms::Joined::kTooMany);
  EXPECT_EQ(rooms_.join("r3", member("a")), Rooms::Joined::kThere);
}

TEST_F(DynamoRoomsTest, LeavesTheOtherHalfWhenItIsLeftAgain) {
  rooms_.join("ops", member("a"));
  cloud_.will("UpdateItem", {Cloud::Fault::kFails, Cloud::Fault::kFails, Cloud::Fault::kFails});
  EXPECT_THROW(rooms_.leave("ops", "a"), Error);
  EXPECT_EQ(connections_.find("a")->rooms.size(), 1u);
  EXPECT_FALSE(rooms_.leave("ops", "a"));
  EXPECT_TRUE(connections_.find("a")->rooms.empty());
}

TEST_F(DynamoRoomsTest, NotesWhoHasDepartedUntilThatIsTold) {
  rooms_.join("ops", member("a"));
  rooms_.join("ops", member("b"));
  EXPECT_TRUE(rooms_.depart("ops", "a"));
  EXPECT_TRUE(rooms_.depart("ops", "a")) << "asked again after a lost answer";
  EXPECT_TRUE(connections_.find("a")->rooms.empty());
  EXPECT_EQ(rooms_.members("ops"), std::vector<chat::Member>{member("b")});
  const auto census = rooms_.census("ops");
  EXPECT_EQ(census.members, std::vector<chat::Member>{member("b")});
  EXPECT_EQ(census.departed, std::vector<chat::Member>{member("a")});
  rooms_.forget_departed("ops", census.departed);
  EXPECT_TRUE(rooms_.census("ops").departed.empty());
  EXPECT_FALSE(rooms_.depart("ops", "a")) << "not in any more";
  EXPECT_TRUE(rooms_.census("ops").departed.empty());
}

TEST_F(DynamoRoomsTest, ForgetsNobodyWhoHasComeBack) {
  rooms_.join("ops", member("a"));
  rooms_.join("ops", member("b"));
  rooms_.depart("ops", "a");
  rooms_.depart("ops", "b");
  const auto departed = rooms_.census("ops").departed;
  EXPECT_EQ(rooms_.join("ops", member("a")), Rooms::Joined::kNew);
  rooms_.forget_departed("ops", departed);
  EXPECT_EQ(rooms_.census("ops").members, std::vector<chat::Member>{member("a")});
  EXPECT_TRUE(rooms_.census("ops").departed.empty());
}

TEST_F(DynamoRoomsTest, NotesWhoHasArrivedUntilSomebodyTakesIt) {
  rooms_.join("ops", member("a"));
  rooms_.join("ops", member("b"));
  const auto census = rooms_.census("ops");
  EXPECT_EQ(census.arrived, (std::vector<chat::Member>{member("a"), member("b")}));
  EXPECT_EQ(census.members, census.arrived);
  cloud_.will("TransactWriteItems", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(rooms_.take_arrived("ops", {member("a")}), std::vector<chat::Member>{member("a")}) << "known by the token";
  EXPECT_EQ(rooms_.take_arrived("ops", census.arrived), std::vector<chat::Member>{member("b")}) << "each once";
  EXPECT_TRUE(rooms_.take_arrived("ops", census.arrived).empty());
  EXPECT_TRUE(rooms_.census("ops").arrived.empty());
  EXPECT_EQ(rooms_.members("ops"), census.members);
}

TEST_F(DynamoRoomsTest, TakesNobodyWhoHasLeftAndThoseWhoseConnectionEnded) {
  rooms_.join("ops", member("a"));
  rooms_.join("ops", member("b"));
  const auto arrived = rooms_.census("ops").arrived;
  rooms_.leave("ops", "a");
  rooms_.depart("ops", "b");
  EXPECT_EQ(rooms_.take_arrived("ops", arrived), std::vector<chat::Member>{member("b")});
  EXPECT_TRUE(rooms_.members("ops").empty()) << "nor comes one back by it";
  EXPECT_EQ(rooms_.census("ops").departed, std::vector<chat::Member>{member("b")});
}

TEST_F(DynamoRoomsTest, TakesMoreThanOneTransactionHolds) {
  std::vector<chat::Member> arrived;
  for (int i = 0; i < 250; ++i) {
    const std::string id = std::to_string(i);
    connections_.put({id, "u-1", "", "d", "s", "", "c-1", 1, 99, "alice"});
    rooms_.join("ops", member(id));
    arrived.push_back(member(id));
  }
  cloud_.take_counts();
  EXPECT_EQ(rooms_.take_arrived("ops", arrived), arrived);
  EXPECT_EQ(cloud_.count("TransactWriteItems"), 3);
}

TEST_F(DynamoRoomsTest, ForgetsMoreThanOneTransactionHolds) {
  std::vector<chat::Member> departed;
  for (int i = 0; i < 250; ++i) {
    departed.push_back(member(std::to_string(i)));
    cloud_.table(
        "PutItem",
        {{"TableName", "rooms"},
         {"Item",
          {{"room", {{"S", "room#ops"}}}, {"connectionId", {{"S", std::to_string(i)}}}, {"departed", {{"N", "1"}}}}}});
  }
  cloud_.take_counts();
  rooms_.forget_departed("ops", departed);
  EXPECT_EQ(cloud_.count("TransactWriteItems"), 3);
  EXPECT_TRUE(rooms_.census("ops").departed.empty());
}

TEST_F(DynamoRoomsTest, HasOneTellAtATime) {
  EXPECT_EQ(rooms_.ask_to_tell("ops", "a", {1000, 16'000}), 1);
  EXPECT_EQ(rooms_.ask_to_tell("ops", "b", {2000, 17'000}), std::nullopt);
  EXPECT_EQ(rooms_.ask_to_tell("other", "b", {2000, 17'000}), 1);
  EXPECT_EQ(rooms_.end_telling("ops", "b", 9), std::nullopt) << "it was not b's";
  EXPECT_EQ(rooms_.end_telling("ops", "a", 1), 2) << "b has asked meanwhile";
  EXPECT_EQ(rooms_.end_telling("ops", "a", 2), std::nullopt);
  EXPECT_EQ(rooms_.ask_to_tell("ops", "b", {3000, 18'000}), 1);
}

TEST_F(DynamoRoomsTest, TakesTheTurnOfOneWhoHasDied) {
  EXPECT_EQ(rooms_.ask_to_tell("ops", "dead", {1000, 16'000}), 1);
  EXPECT_EQ(rooms_.ask_to_tell("ops", "a", {16'001, 31'000}), 2);
  EXPECT_EQ(rooms_.ask_to_tell("ops", "b", {16'002, 31'000}), std::nullopt);
  EXPECT_EQ(rooms_.end_telling("ops", "dead", 2), std::nullopt);
  EXPECT_EQ(rooms_.end_telling("ops", "a", 2), 3);
}

TEST_F(DynamoRoomsTest, AsksForTheTurnAgainAfterALostAnswer) {
  cloud_.will("UpdateItem", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(rooms_.ask_to_tell("ops", "a", {1000, 16'000}), 2);
  EXPECT_EQ(rooms_.end_telling("ops", "a", 2), std::nullopt);
}

TEST_F(DynamoRoomsTest, TakesTheTurnOfOneWhoHasDiedAgainAfterALostAnswer) {
  EXPECT_EQ(rooms_.ask_to_tell("ops", "dead", {1000, 16'000}), 1);
  cloud_.will("UpdateItem", {Cloud::Fault::kNone, Cloud::Fault::kAnswerLost});
  EXPECT_EQ(rooms_.ask_to_tell("ops", "a", {16'001, 31'000}), 2);
  EXPECT_EQ(rooms_.end_telling("ops", "a", 2), std::nullopt);
}

TEST_F(DynamoRoomsTest, ReadsARoomOfManyPages) {
  const std::string name(900, 'n');
  for (int i = 0; i < 1500; ++i)
    cloud_.table("PutItem", {{"TableName", "rooms"},
                             {"Item",
                              {{"room", {{"S", "room#big"}}},
                               {"connectionId", {{"S", std::to_string(i)}}},
                               {"userId", {{"S", "u"}}},
                               {"name", {{"S", name}}}}}});
  cloud_.take_counts();
  EXPECT_EQ(rooms_.members("big").size(), 1500u);
  EXPECT_EQ(cloud_.count("Query"), 2) << "a page is a megabyte";
}

TEST_F(DynamoRoomsTest, CountsWhatAUserSays) {
  EXPECT_TRUE(rooms_.take_message("u-1", 1000, 2, 99));
  EXPECT_TRUE(rooms_.take_message("u-1", 1000, 2, 99));
  EXPECT_FALSE(rooms_.take_message("u-1", 1000, 2, 99));
  EXPECT_TRUE(rooms_.take_message("u-1", 2000, 2, 99));
  EXPECT_TRUE(rooms_.take_message("u-2", 1000, 2, 99));
}

}  // namespace
}  // namespace wsdeep::handlers
