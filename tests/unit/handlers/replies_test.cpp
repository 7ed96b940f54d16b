#include "handlers/replies.h"

#include "aws/client.h"
#include "support/handlers_fixture.h"
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
