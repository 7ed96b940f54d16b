#include "handlers/dynamo_rest_chats.h"

#include "support/handlers_fixture.h"

namespace wsdeep::handlers {
namespace {

using chat::RestChat;
using chat::RestChats;
using testing::Cloud;

class DynamoRestChatsTest : public testing::HandlersTest {
 protected:
  DynamoRestChatsTest() {
    cloud_.table("CreateTable", nlohmann::json::parse(R"({"TableName":"rest","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"},{"AttributeName":"user_id","AttributeType":"S"},
                                {"AttributeName":"updated_at","AttributeType":"S"}],
        "KeySchema":[{"AttributeName":"id","KeyType":"HASH"},{"AttributeName":"user_id","KeyType":"RANGE"}],
        "GlobalSecondaryIndexes":[{"IndexName":"UserIdIndex","Projection":{"ProjectionType":"ALL"},
          "KeySchema":[{"AttributeName":"user_id","KeyType":"HASH"},{"AttributeName":"updated_at","KeyType":"RANGE"}]}]})"));
  }

  RestChat new_chat(std::string id = "c-1") {
    RestChat chat;
    chat.id = std::move(id);
    chat.user_id = "u-1";
    chat.title = "hi";
    chat.created_at = chat.updated_at = "2024-01-01T12:00:00Z";
    chat.messages = {{"user", "hi"}};
    chat.turn_id = "t-1";
    chat.turn_until_ms = epoch_ms(clock_.now()) + 1000;
    chat.version = 1;
    return chat;
  }
  RestChat next_turn(RestChat chat, const std::string& turn) {
    chat.messages.push_back({"user", "again"});
    chat.updated_at = "2024-01-01T12:00:07Z";
    chat.turn_id = turn;
    chat.turn_until_ms = epoch_ms(clock_.now()) + 1000;
    ++chat.version;
    return chat;
  }
  static chat::RestEnd end() { return {chat::RestMessage{"assistant", "yes"}, "lb=2", "2024-01-01T12:00:05Z"}; }

  DynamoRestChats table_{db_, "rest", clock_, context_};
};

TEST_F(DynamoRestChatsTest, GivesBackWhatItKeeps) {
  ASSERT_TRUE(table_.create(new_chat()));
  EXPECT_EQ(table_.find("c-1", "u-1"), new_chat());
  EXPECT_EQ(table_.find("c-1", "u-2"), std::nullopt);
  ASSERT_TRUE(table_.finish(new_chat(), end()));
  const auto kept = table_.find("c-1", "u-1");
  EXPECT_EQ(kept->messages, (std::vector<chat::RestMessage>{{"user", "hi"}, {"assistant", "yes"}}));
  EXPECT_EQ(kept->sticky_cookie, "lb=2");
  EXPECT_EQ(kept->turn_id, "");
  EXPECT_EQ(kept->updated_at, "2024-01-01T12:00:05Z");
}

TEST_F(DynamoRestChatsTest, DoesOnceWhatItsClientSendsTwice) {
  cloud_.will("UpdateItem", {Cloud::Fault::kAnswerLost});
  ASSERT_TRUE(table_.create(new_chat()));
  cloud_.will("UpdateItem", {Cloud::Fault::kAnswerLost});
  ASSERT_TRUE(table_.finish(new_chat(), end()));
  const RestChat seen = *table_.find("c-1", "u-1");
  cloud_.will("UpdateItem", {Cloud::Fault::kAnswerLost});
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-2")), RestChats::Taken::kTaken);
  EXPECT_EQ(table_.find("c-1", "u-1")->messages.size(), 3u);
}

TEST_F(DynamoRestChatsTest, DeletesAChatWhoseAnswerWasLost) {
  ASSERT_TRUE(table_.create(new_chat()));
  cloud_.will("DeleteItem", {Cloud::Fault::kAnswerLost});
  EXPECT_TRUE(table_.remove("c-1", "u-1"));
  EXPECT_EQ(table_.find("c-1", "u-1"), std::nullopt);
  EXPECT_FALSE(table_.remove("c-1", "u-1"));
}

TEST_F(DynamoRestChatsTest, LetsOneTurnAtATimeHaveTheChat) {
  table_.create(new_chat());
  const RestChat seen = *table_.find("c-1", "u-1");
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-2")), RestChats::Taken::kBusy);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_TRUE(table_.renew(seen, epoch_ms(clock_.now()) + 1000));
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-2")), RestChats::Taken::kBusy);
  clock_.advance(std::chrono::seconds(2));
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-2")), RestChats::Taken::kTaken);
  EXPECT_FALSE(table_.renew(seen, 0));
  EXPECT_FALSE(table_.finish(seen, end())) << "the chat is another turn's";
  EXPECT_EQ(table_.find("c-1", "u-1")->messages.size(), 2u);
  EXPECT_TRUE(table_.finish(next_turn(seen, "t-2"), {std::nullopt, "", "2024-01-01T12:00:09Z"}));
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-3")), RestChats::Taken::kChanged);
  EXPECT_TRUE(table_.remove("c-1", "u-1"));
  EXPECT_FALSE(table_.remove("c-1", "u-1"));
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-3")), RestChats::Taken::kNoChat);
}

TEST_F(DynamoRestChatsTest, CarriesOnWhatAnotherSystemLeft) {
  cloud_.table("PutItem", nlohmann::json::parse(R"({"TableName":"rest","Item":{"id":{"S":"old"},"user_id":{"S":"u-1"},
      "messages":{"L":[{"M":{"role":{"S":"user"},"content":{"S":"q"}}}]}}})"));
  const RestChat seen = *table_.find("old", "u-1");
  EXPECT_EQ(seen.version, 0);
  EXPECT_EQ(table_.take(seen, next_turn(seen, "t-1")), RestChats::Taken::kTaken);
  EXPECT_EQ(table_.find("old", "u-1")->messages.size(), 2u);
}

TEST_F(DynamoRestChatsTest, ListsTheUsersOwnInPages) {
  for (int i = 0; i < 5; ++i) {
    RestChat chat = new_chat("c-" + std::to_string(i));
    chat.updated_at = "2024-01-01T12:00:0" + std::to_string(i) + "Z";
    table_.create(chat);
  }
  RestChat others = new_chat("other");
  others.user_id = "u-2";
  table_.create(others);
  std::vector<std::string> ids;
  std::string before;
  do {
    const auto page = table_.list("u-1", 2, before);
    ASSERT_TRUE(page);
    for (const RestChat& chat : page->chats) ids.push_back(chat.id);
    before = page->next;
  } while (!before.empty());
  EXPECT_EQ(ids, (std::vector<std::string>{"c-4", "c-3", "c-2", "c-1", "c-0"}));
  EXPECT_EQ(table_.list("u-1", 2, "rubbish"), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::handlers
