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
