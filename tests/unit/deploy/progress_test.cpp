#include "deploy/progress.h"

#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

using std::chrono::seconds;

class ProgressTest : public ::testing::Test {
 protected:
  Progress progress_{"arn:root", "chat-dev"};
  // This machine's clock is a minute ahead of the service's.
  SystemTime start_ = parse_iso8601("2024-02-19T12:01:00Z");
  int count_ = 0;

  aws::StackEvent add(int second, const std::string& id, const std::string& status,
                      const std::string& stack = "arn:root", const std::string& physical = "") {
    aws::StackEvent event;
    event.id = std::to_string(++count_);
    event.stack_id = stack;
    event.stack_name = "chat-dev";
    event.logical_id = id;
    event.physical_id = physical.empty() ? "p-" + id : physical;
    event.type = physical.starts_with("arn:") ? "AWS::CloudFormation::Stack" : "T";
    event.status = status;
    event.time = iso8601(start_ - seconds(60) + seconds(second));
    progress_.add(event, start_ + seconds(second));
    return event;
  }
};

TEST_F(ProgressTest, ShowsFailedThenRunningThenDone) {
  add(0, "chat-dev", "CREATE_IN_PROGRESS", "arn:root", "arn:root");
  add(1, "A", "CREATE_IN_PROGRESS");
  add(1, "B", "CREATE_IN_PROGRESS");
  add(2, "C", "CREATE_IN_PROGRESS");
  add(5, "A", "CREATE_COMPLETE");
  add(6, "C", "CREATE_FAILED");
  const auto lines = progress_.screen(start_ + seconds(11), 24, {});
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "chat-dev  CREATE_IN_PROGRESS  11s  2 of 3 resources done");
  EXPECT_EQ(lines[1].substr(0, 7), "  ✗ C");
  EXPECT_NE(lines[2].find("• B"), std::string::npos);
  EXPECT_NE(lines[2].find("10s"), std::string::npos);
  EXPECT_NE(lines[3].find("✓ A"), std::string::npos);
  EXPECT_NE(lines[3].find(" 4s"), std::string::npos);
}

TEST_F(ProgressTest, FitsTheScreen) {
  for (int i = 0; i < 50; ++i) add(i, "R" + std::to_string(i), "CREATE_IN_PROGRESS");
  ChangeStyle style;
  style.columns = 40;
  const auto lines = progress_.screen(start_, 10, style);
  EXPECT_EQ(lines.size(), 9u);
  EXPECT_EQ(lines.back(), "  … and 43 more");
}

TEST_F(ProgressTest, PutsNestedResourcesUnderTheirParent) {
  add(0, "Network", "CREATE_IN_PROGRESS", "arn:root", "arn:nested");
  ASSERT_EQ(progress_.nested_stacks().size(), 1u);
  EXPECT_EQ(progress_.nested_stacks()[0].id, "arn:nested");
  EXPECT_EQ(progress_.nested_stacks()[0].path, "Network");
  EXPECT_EQ(progress_.nested_stacks()[0].since, start_ - seconds(60));
  const auto event = add(1, "Vpc", "CREATE_COMPLETE", "arn:nested");
  EXPECT_TRUE(progress_.resources().contains("Network/Vpc"));
  EXPECT_EQ(progress_.line_of(event, {}), "12:00:01  CREATE_COMPLETE              Network/Vpc               T  0s\n");
  const auto own = add(2, "nested", "CREATE_COMPLETE", "arn:nested", "arn:nested");
  EXPECT_EQ(progress_.status(), "");
  EXPECT_EQ(progress_.line_of(own, {}), "");
  EXPECT_EQ(progress_.events()[1].logical_id, "Network/Vpc");
}

TEST_F(ProgressTest, KnowsWhenAnOperationReachedANestedStackEvenAfterItsRollbackBegan) {
  add(1, "Network", "CREATE_IN_PROGRESS", "arn:root", "arn:nested");
  add(5, "Network", "CREATE_FAILED", "arn:root", "arn:nested");
  add(9, "Network", "DELETE_IN_PROGRESS", "arn:root", "arn:nested");
  EXPECT_EQ(progress_.nested_stacks()[0].since, start_ - seconds(59));
}

TEST_F(ProgressTest, GivesANarrowScreenTheReasonRatherThanTheType) {
  aws::StackEvent event;
  event.id = "x";
  event.stack_id = "arn:root";
  event.logical_id = "ALogicalIdThatIsMuchTooLongForANarrowScreen";
  event.physical_id = "p";
  event.type = "AWS::Logs::LogGroup";
  event.status = "CREATE_FAILED";
  event.reason = "it exists already, and this goes on and on";
  event.time = "2024-02-19T12:00:00Z";
  progress_.add(event, start_);
  ChangeStyle style;
  style.columns = 80;
  EXPECT_EQ(progress_.screen(start_, 24, style)[1],
            "  ✗ ALogicalIdThat…ANarrowScreen CREATE_FAILED          0s  it exists already, …");
}

TEST_F(ProgressTest, ChartsWhenEachResourceWasWorkedOn) {
  add(0, "chat-dev", "CREATE_IN_PROGRESS", "arn:root", "arn:root");
  add(0, "A", "CREATE_IN_PROGRESS");
  add(5, "B", "CREATE_IN_PROGRESS");
  add(5, "A", "CREATE_COMPLETE");
  add(10, "B", "CREATE_FAILED");
  ChangeStyle style;
  style.columns = 25;
  EXPECT_EQ(progress_.chart(style),
            "  ✓ A  █████          5s\n"
            "  ✗ B       █████     5s\n");
}

TEST_F(ProgressTest, SaysWhatIsWaitedFor) {
  EXPECT_EQ(progress_.waiting(start_), "waiting for the first event of chat-dev");
  add(0, "chat-dev", "CREATE_IN_PROGRESS", "arn:root", "arn:root");
  add(1, "Alarm", "CREATE_IN_PROGRESS");
  add(9, "Alarm", "CREATE_COMPLETE");
  EXPECT_EQ(progress_.waiting(start_ + seconds(10)),
            "12:00:10  10s, 1 of 1 resources done; waiting for chat-dev (CREATE_IN_PROGRESS)");
  add(20, "Fleet", "CREATE_IN_PROGRESS");
  add(10, "Queue", "CREATE_IN_PROGRESS");
  EXPECT_EQ(progress_.waiting(start_ + seconds(100)),
            "12:01:40  1m40s, 1 of 3 resources done; waiting for Queue (1m30s), Fleet (1m20s)");
  for (const char* more : {"A", "B", "C"}) add(90, more, "CREATE_IN_PROGRESS");
  EXPECT_EQ(progress_.waiting(start_ + seconds(100)),
            "12:01:40  1m40s, 1 of 6 resources done; waiting for Queue (1m30s), Fleet (1m20s), A (10s) and 2 more");
}

TEST_F(ProgressTest, TakesEachEventOnce) {
  const auto event = add(0, "A", "CREATE_IN_PROGRESS");
  EXPECT_FALSE(progress_.add(event, start_));
  EXPECT_EQ(progress_.events().size(), 1u);
}

}  // namespace
}  // namespace wsdeep::deploy
