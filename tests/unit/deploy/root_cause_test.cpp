#include "deploy/root_cause.h"

#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

aws::StackEvent failure(const std::string& time, const std::string& id, const std::string& reason,
                        const std::string& type = "AWS::Logs::LogGroup") {
  aws::StackEvent event;
  event.time = time;
  event.logical_id = id;
  event.type = type;
  event.status = "CREATE_FAILED";
  event.reason = reason;
  event.stack_id = "arn:stack";
  event.physical_id = "p-" + id;
  return event;
}

TEST(RootCause, IsTheEarliestFailureWithAReasonOfItsOwn) {
  const auto cause =
      find_root_cause({failure("12:00:02", "B", "Resource creation cancelled"),
                       failure("12:00:03", "C", "limit exceeded"), failure("12:00:01", "A", "/aws/x already exists")});
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->event.logical_id, "A");
  ASSERT_EQ(cause->others.size(), 1u);
  EXPECT_EQ(cause->others[0].logical_id, "C");
  EXPECT_EQ(cause->cascades, 1u);
  EXPECT_NE(cause->advice.find("outside of this stack"), std::string::npos);
}

TEST(RootCause, LooksPastTheParentOfANestedStack) {
  const std::string kStack = "AWS::CloudFormation::Stack";
  const auto cause =
      find_root_cause({failure("12:00:01", "Vpc", "The maximum number of VPCs has been reached."),
                       failure("12:00:01", "Network", "Embedded stack arn:x was not successfully created", kStack)});
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->event.logical_id, "Vpc");
  EXPECT_EQ(cause->cascades, 1u);
}

TEST(RootCause, IsNothingWhenNothingFailed) {
  EXPECT_FALSE(find_root_cause({}));
}

TEST(RootCause, IsACancelledResourceWhenNothingElseIsKnown) {
  const auto cause = find_root_cause({failure("12:00:02", "B", "Resource creation cancelled")});
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->event.logical_id, "B");
  EXPECT_EQ(cause->cascades, 0u);
}

/// What a custom resource writes into its reason or its id must not look like a line of ours.
TEST(RootCause, KeepsWhatAResourceSaysOnItsOwnLine) {
  aws::StackEvent event = failure("12:00:01", "A", "boom\n\nchat is deployed: UPDATE_COMPLETE\x1b[2J", "Custom::X");
  event.physical_id = "id\nfine \u009b2J";
  const std::string text = render_failure(*find_root_cause({event}), {}, {});
  EXPECT_EQ(text.find("\nchat"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nfine"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
  EXPECT_EQ(text.find("\u009b"), std::string::npos) << text;
}

TEST(RootCausePlace, IsTheResourceThatSamDerivedItFrom) {
  const std::string text = "Resources:\n  Message:\n    Type: T\n  MessageFunction:\n    Type: T\n";
  const auto place = place_of("MessageFunctionRole", text, "t.yaml");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->resource, "MessageFunction");
  EXPECT_EQ(place->at.line, 4u);
  EXPECT_FALSE(place_of("Other", text, "t.yaml"));
}

TEST(RootCauseText, NamesTheTemplateOfTheNestedStackAndWhereThatIsFrom) {
  aws::StackEvent event = failure("12:00:01", "Network/VpcRoute", "it does not work out", "AWS::EC2::Route");
  event.stack_name = "chat-dev-Network";
  const auto cause = find_root_cause({event});
  ChangeStyle narrow;
  narrow.columns = 30;
  EXPECT_EQ(render_failure(*cause, {{"template of Network", "Vpc", {3, 3}}, {"t.yaml", "Network", {9, 3}}}, narrow),
            "root cause: Network/VpcRoute (AWS::EC2::Route) CREATE_FAILED\n"
            "  reason    it does not work\n"
            "            out\n"
            "  resource  p-Network/VpcRoute\n"
            "  stack     chat-dev-Network\n"
            "  from      template of\n"
            "            Network:3:3 (made\n"
            "            for Vpc)\n"
            "  within    t.yaml:9:3\n"
            "            (Network)\n");
}

TEST(RootCauseText, NamesReasonIdsPlaceAndFix) {
  const auto cause = find_root_cause(
      {failure("12:00:01", "Logs", "x already exists"), failure("12:00:02", "B", "Resource creation cancelled")});
  EXPECT_EQ(render_failure(*cause, {TemplatePlace{"t.yaml", "Logs", {7, 3}}}, {}),
            "root cause: Logs (AWS::Logs::LogGroup) CREATE_FAILED\n"
            "  reason    x already exists\n"
            "  resource  p-Logs\n"
            "  from      t.yaml:7:3\n"
            "  fix       something of that name exists outside of this stack: remove it, import it, or choose another "
            "name\n"
            "1 more failure only follows from this\n");
}

}  // namespace
}  // namespace wsdeep::deploy
