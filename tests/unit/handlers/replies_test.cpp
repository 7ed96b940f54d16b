#include "handlers/replies.h"

#include <set>

#include "aws/client.h"
#include "support/handlers_fixture.h"
#include "support/silent_listener.h"
#include "wire/generate_event.h"

namespace wsdeep::handlers {
namespace {

using chat::Delivery;
using chat::Repeat;
using testing::Cloud;

class RepliesTest : public testing::HandlersTest {};

TEST_F(RepliesTest, PostsToAConnection) {
  EXPECT_EQ(replies_.post("JC1dgf9yoAMCK-g=", "frame", Repeat::kVisible), Delivery::kSent);
  const auto posts = cloud_.take_posts();
  ASSERT_EQ(posts.size(), 1u);
  EXPECT_EQ(posts.front(), (std::pair<std::string, std::string>("JC1dgf9yoAMCK-g=", "frame")));
}

TEST_F(RepliesTest, RepeatsAFrameThatItsReaderKnowsAgain) {
  cloud_.will("post", {Cloud::Fault::kAnswerLost, Cloud::Fault::kFails});
  EXPECT_EQ(replies_.post("conn", "chunk", Repeat::kHarmless), Delivery::kSent);
  EXPECT_EQ(cloud_.take_posts().size(), 2u) << "twice the same bytes, and not more";
}

TEST_F(RepliesTest, DoesNotRepeatAFrameThatWouldBeShownTwice) {
  cloud_.will("post", {Cloud::Fault::kAnswerLost});
  EXPECT_THROW(replies_.post("conn", "notice", Repeat::kVisible), aws::ServiceError);
  EXPECT_EQ(cloud_.take_posts().size(), 1u);
}

TEST_F(RepliesTest, TellsAConnectionThatIsGone) {
  cloud_.will("post", {Cloud::Fault::kGone});
  EXPECT_EQ(replies_.post("conn", "chunk", Repeat::kHarmless), Delivery::kGone);
}

std::vector<std::string> many_ids(int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back("conn-" + std::to_string(i) + "=");
  return ids;
}

TEST_F(RepliesTest, PostsToMany) {
  const std::vector<std::string> ids = many_ids(500);
  const chat::Posted posted = replies_.post_all(ids, "frame");
  EXPECT_EQ(posted.sent, 500);
  EXPECT_TRUE(posted.gone.empty());
  EXPECT_EQ(posted.failure, nullptr);
  std::set<std::string> got;
  for (const auto& [connection_id, frame] : cloud_.take_posts()) got.insert(connection_id);
  EXPECT_EQ(got, (std::set<std::string>(ids.begin(), ids.end())));
  EXPECT_EQ(replies_.post_all({}, "frame").sent, 0);
}

TEST_F(RepliesTest, PostsToEachItsOwn) {
  std::vector<chat::Letter> letters;
  std::set<std::pair<std::string, std::string>> sent;
  for (const std::string& id : many_ids(200)) {
    letters.push_back({id, "for " + id});
    sent.emplace(id, "for " + id);
  }
  cloud_.will("post", {Cloud::Fault::kGone});
  const chat::Posted posted = replies_.post_each(letters);
  EXPECT_EQ(posted.sent, 199);
  ASSERT_EQ(posted.gone.size(), 1u);
  sent.erase({posted.gone.front(), "for " + posted.gone.front()});
  std::set<std::pair<std::string, std::string>> got;
  for (const auto& post : cloud_.take_posts()) got.insert(post);
  got.erase({posted.gone.front(), "for " + posted.gone.front()});
  EXPECT_EQ(got, sent);
  EXPECT_EQ(replies_.post_each({}).sent, 0);
}

TEST_F(RepliesTest, PostsToTheOthersWhenSomeAreGoneAndOneFails) {
  cloud_.will("post", {Cloud::Fault::kGone, Cloud::Fault::kFails, Cloud::Fault::kNone, Cloud::Fault::kGone});
  const chat::Posted posted = replies_.post_all(many_ids(100), "frame");
  EXPECT_EQ(posted.sent, 97);
  EXPECT_EQ(posted.gone.size(), 2u);
  ASSERT_NE(posted.failure, nullptr);
  EXPECT_THROW(std::rethrow_exception(posted.failure), Error);
  EXPECT_EQ(cloud_.take_posts().size(), 97u) << "nobody knows whether the one that failed arrived: not again";
}

TEST_F(RepliesTest, TriesThoseAgainThatWereThrottled) {
  cloud_.will("post", {Cloud::Fault::kThrottled, Cloud::Fault::kThrottled, Cloud::Fault::kThrottled});
  EXPECT_EQ(replies_.post_all(many_ids(10), "frame").sent, 10);
  EXPECT_EQ(cloud_.count("post"), 13);
  cloud_.will("post", std::vector<Cloud::Fault>(30, Cloud::Fault::kThrottled));
  const chat::Posted refused = replies_.post_all(many_ids(10), "frame");
  EXPECT_EQ(refused.sent, 0);
  EXPECT_THROW(std::rethrow_exception(refused.failure), chat::Throttled);
}

TEST_F(RepliesTest, WaitsForNobodyLongerThanTheInvocationLasts) {
  test::SilentListener silent;
  context_.deadline = clock_.steady_now() + std::chrono::milliseconds(300);
  handlers::ApiReplies replies(api_, "http://127.0.0.1:" + std::to_string(silent.port()) + "/dev", context_);
  const chat::Posted posted = replies.post_all(many_ids(3), "frame");
  EXPECT_EQ(posted.sent, 0);
  EXPECT_NE(posted.failure, nullptr);
}

TEST_F(RepliesTest, StartsAGenerationOnceMoreWhenTheAnswerIsLost) {
  cloud_.will("invoke", {Cloud::Fault::kAnswerLost});
  generations_.start({"c-1", "m-1", 5}, "conn", "u-1", {});
  const auto events = cloud_.take_invocations();
  ASSERT_EQ(events.size(), 2u) << "claim() makes the second one a duplicate";
  EXPECT_EQ(events[0], events[1]);
  const wire::GenerateEvent event = wire::parse_generate_event(events[0]);
  EXPECT_EQ(event.message_id, "m-1");
  EXPECT_EQ(event.accepted_at_ms, 5);
  EXPECT_EQ(event.callback_url, callback_url_);
}

}  // namespace
}  // namespace wsdeep::handlers
