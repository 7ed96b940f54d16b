#include "deploy/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace wsdeep::deploy {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<PlanReport> reports_of(std::string_view before, std::string_view after) {
  PlanReport report;
  report.stack = "chat-dev";
  report.region = "us-east-1";
  report.diff = diff_templates(before, after);
  report.differs = !report.diff.empty();
  return {report};
}

TEST(PlanReport, SaysInJsonWhatIsLost) {
  const json told = json::parse(plan_as_json(
      reports_of("Resources: {Chats: {Type: AWS::DynamoDB::Table}, Q: {Type: AWS::SQS::Queue, Properties: {A: 1}}}",
                 "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {A: 2}}}")));
  EXPECT_EQ(told["stacks"][0]["summary"], "1 to change, 1 to remove");
  EXPECT_EQ(told["stacks"][0]["resources"], json::parse(R"([
    {"id": "Chats", "type": "AWS::DynamoDB::Table", "fate": "remove", "loss": "every item of the table", "properties": []},
    {"id": "Q", "type": "AWS::SQS::Queue", "fate": "change", "loss": "",
     "properties": [{"path": "A", "before": "1", "after": "2"}]}])"))
      << told.dump(1);
}

TEST(PlanReport, SaysThatWhatIsKeptIsNoLoss) {
  const json told = json::parse(plan_as_json(
      reports_of("Resources: {Chats: {Type: AWS::DynamoDB::Table, DeletionPolicy: Retain}}", "Resources: {}")));
  EXPECT_EQ(told["stacks"][0]["resources"][0]["loss"], "");
}

TEST(PlanReport, PutsSecurityAndLossesFirstAndFoldsTheRest) {
  const std::string told = plan_as_markdown(
      reports_of("Resources: {Chats: {Type: AWS::DynamoDB::Table}, A: {Type: AWS::SQS::Queue, Properties: {X: 1}}}",
                 "Resources: {A: {Type: AWS::SQS::Queue, Properties: {X: 2}}, Role: {Type: AWS::IAM::Role, Properties: "
                 "{Policies: [{PolicyName: p, PolicyDocument: {Statement: [{Effect: Allow, Action: '*', Resource: "
                 "'*'}]}}]}}}"));
  const auto at = [&](const char* words) {
    EXPECT_THAT(told, HasSubstr(words));
    return told.find(words);
  };
  EXPECT_LT(at("Who may do and reach what"), at("| **remove** | Chats |"));
  EXPECT_LT(at("| **remove** | Chats |"), at("| change | A |"));
  EXPECT_LT(at("| change | A |"), at("<details>"));
  EXPECT_LT(at("<details>"), at("-   X: 1\n+   X: 2\n"));
}

TEST(PlanReport, LetsNoValueEndACellOrAFence) {
  PlanReport report = reports_of("Resources: {}", "Resources: {}").front();
  report.differs = true;
  report.parameters.push_back({"", "A|<b>", "", "", "```\n</details>", "x"});
  TemplateDiff nested;
  nested.resources.emplace_back();
  nested.resources[0].action = "Add";
  nested.resources[0].logical_id = "a|b`<script>\n";
  report.nested.push_back({"N|", nested});
  const std::string told = plan_as_markdown({report});
  EXPECT_THAT(told, HasSubstr("````diff\n"));
  EXPECT_THAT(told, HasSubstr("| add | a\\|b\\`&lt;script>  | "));
  EXPECT_THAT(told, Not(HasSubstr("\n</details>\n</details>")));
}

TEST(PlanReport, CutsWhatACommentWouldNotTake) {
  std::string after = "Resources:\n";
  for (int i = 0; i < 3000; ++i) after += "  Queue" + std::to_string(i) + ": {Type: AWS::SQS::Queue}\n";
  const std::string told = plan_as_markdown(reports_of("Resources: {}", after));
  EXPECT_LT(told.size(), 65'536u);
  EXPECT_THAT(told, HasSubstr("more"));
}

TEST(PlanReport, SaysWhenNothingChanges) {
  EXPECT_EQ(plan_as_markdown(reports_of("Resources: {}", "Resources: {}")),
            "### Plan for `chat-dev` in us-east-1\n\nNothing changes.\n");
}

}  // namespace
}  // namespace wsdeep::deploy
