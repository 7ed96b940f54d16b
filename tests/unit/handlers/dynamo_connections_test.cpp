#include "handlers/dynamo_connections.h"

#include "support/handlers_fixture.h"

namespace wsdeep::handlers {
namespace {

using testing::Cloud;

class DynamoConnectionsTest : public testing::HandlersTest {
 protected:
  static chat::Connection connection(std::string id, std::string user) {
    return {std::move(id), std::move(user), "u@example.com", "d.example", "prod", "https://app", "c-1", 1'700, 99};
  }
};

TEST_F(DynamoConnectionsTest, GivesBackWhatWasStored) {
  const chat::Connection stored = connection("conn=", "u-1");
  connections_.put(stored);
  EXPECT_EQ(connections_.find("conn="), stored);
  connections_.remove("conn=");
  EXPECT_EQ(connections_.find("conn="), std::nullopt);
}

TEST_F(DynamoConnectionsTest, DoesNotBringBackAConnectionThatHasEnded) {
  connections_.set_chat("conn", "c-2");
  EXPECT_EQ(connections_.find("conn"), std::nullopt);
  connections_.put(connection("conn", "u-1"));
  cloud_.will("UpdateItem", {Cloud::Fault::kAnswerLost});
  connections_.set_chat("conn", "c-2");
  EXPECT_EQ(connections_.find("conn")->chat_id, "c-2");
}

TEST_F(DynamoConnectionsTest, KeepsTheChatThatWasBegunSinceWhenAConnectionIsStoredLate) {
  connections_.put(connection("conn", "u-1"));
  connections_.set_chat("conn", "c-2");
  connections_.put(connection("conn", "u-1"));
  EXPECT_EQ(connections_.find("conn")->chat_id, "c-2");
}

TEST_F(DynamoConnectionsTest, FindsThoseOfAUser) {
  for (const auto& [id, user] : {std::pair("a", "u-1"), {"b", "u-2"}, {"c", "u-1"}})
    connections_.put(connection(id, user));
  EXPECT_EQ(connections_.of_user("u-1").size(), 2u);
  EXPECT_EQ(connections_.of_user("nobody").size(), 0u);
}

}  // namespace
}  // namespace wsdeep::handlers
