#include "deploy/stuck_resources.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::deploy {
namespace {

aws::StackEvent event(const std::string& path, const std::string& status, const std::string& reason = "") {
  aws::StackEvent one;
  one.stack_id = "arn:stack";
  one.physical_id = path.empty() ? "arn:stack" : "physical-" + path;
  one.logical_id = path;
  one.status = status;
  one.reason = reason;
  return one;
}

TEST(StuckByEvents, AreThoseThatFailedLast) {
  const std::vector<aws::StackEvent> events{event("A", "UPDATE_FAILED", "no"),
                                            event("B", "UPDATE_FAILED", "Resource update cancelled"),
                                            event("A", "UPDATE_IN_PROGRESS"),
                                            event("A", "UPDATE_COMPLETE"),
                                            event("C", "UPDATE_FAILED", "gone"),
                                            event("D", "DELETE_FAILED", "in use"),
                                            event("", "UPDATE_FAILED", "of the stack itself")};
  EXPECT_EQ(stuck_by_events(events, "UPDATE_FAILED"), std::vector<std::string>{"C"});
  EXPECT_EQ(stuck_by_events(events, "DELETE_FAILED"), std::vector<std::string>{"D"});
}

TEST(StuckByEvents, NameWhatIsStuckInANestedStackRatherThanTheStack) {
  const std::vector<aws::StackEvent> events{event("Network/Vpc", "UPDATE_FAILED", "in use"),
                                            event("Network", "UPDATE_FAILED", "Embedded stack failed"),
                                            event("Other", "UPDATE_FAILED", "Embedded stack is gone")};
  EXPECT_EQ(stuck_by_events(events, "UPDATE_FAILED"), (std::vector<std::string>{"Network/Vpc", "Other"}));
}

TEST(ChooseStuck, TakesPathsAndIdsOnce) {
  const std::vector<StuckResource> stuck{{"Network/Vpc", "chat-Network.Vpc", "AWS::EC2::VPC", ""},
                                         {"Logs", "Logs", "", ""}};
  aws::Stack stack;
  stack.name = "chat";
  stack.status = "UPDATE_ROLLBACK_FAILED";
  EXPECT_EQ(choose_stuck(stuck, {"Network/Vpc", "chat-Network.Vpc", "Logs"}, "--skip-resource", stack),
            (std::vector<std::string>{"chat-Network.Vpc", "Logs"}));
  try {
    choose_stuck(stuck, {"Vpc"}, "--skip-resource", stack);
    FAIL() << "Vpc is in no stack of that name";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_EQ(error.hint(), "it is stuck at: Network/Vpc, Logs");
  }
}

}  // namespace
}  // namespace wsdeep::deploy
