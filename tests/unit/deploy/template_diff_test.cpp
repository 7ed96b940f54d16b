#include "deploy/template_diff.h"

#include <gtest/gtest.h>

#include "deploy/change_set.h"

namespace wsdeep::deploy {
namespace {

TEST(TemplateDiff, SeesMeaningAndNotForm) {
  EXPECT_TRUE(diff_templates("Resources:\n  A: # why\n    Type: T\n    Properties: {X: !Ref P, Y: 1}\n",
                             R"({"Resources":{"A":{"Properties":{"Y":1,"X":{"Ref":"P"}},"Type":"T"}}})")
                  .empty());
}

TEST(TemplateDiff, GoesDownToTheProperty) {
  const auto diff = diff_templates(
      "Resources: {A: {Type: T, Properties: {Env: {K: a, L: b}, S: !Sub 'x${A}'}}, B: {Type: T, DeletionPolicy: "
      "Retain}}",
      "Resources: {A: {Type: T, Properties: {Env: {K: c, L: b}, S: !Sub 'y'}}, C: {Type: T}}\nOutputs: {O: {Value: "
      "1}}");
  EXPECT_EQ(render_changes(diff.resources, {}),
            "  + C T\n"
            "  ~ A T\n"
            "      Env.K: a → c\n"
            "      S: {\"Fn::Sub\":\"x${A}\"} → {\"Fn::Sub\":\"y\"}\n"
            "  - B T  REMOVE\n"
            "      kept: the old one stays in the account, outside of the stack\n");
  ASSERT_EQ(diff.others.size(), 1u);
  EXPECT_EQ(diff.others[0].path, "/Outputs");
}

TEST(TemplateDiff, HidesWhatTheStackHides) {
  const auto changes = diff_parameters({{"A", "1"}, {"Secret", "****"}, {"Same", "x"}},
                                       {{"A", "2"}, {"Secret", "s3cret"}, {"Same", "x"}, {"New", "n"}});
  EXPECT_EQ(render_properties(changes, {}),
            "      A: 1 → 2\n      Secret: (hidden) → (hidden, may change)\n      New: + n\n");
  EXPECT_TRUE(surely_differ(changes));
  EXPECT_FALSE(surely_differ(diff_parameters({{"Secret", "****"}}, {{"Secret", "s3cret"}})));
}

TEST(TemplateDiff, ShowsNoValueOfASecretParameter) {
  const auto changes = diff_parameters({{"Old", "plain"}, {"Same", "s"}, {"Secret", "****"}},
                                       {{"Old", "s3cret"}, {"Same", "s"}, {"Secret", "s3cret"}, {"New", "s3cret"}},
                                       {"Old", "Same", "Secret", "New"});
  EXPECT_EQ(render_properties(changes, {}),
            "      Old: (hidden) → (hidden, changes)\n      Secret: (hidden) → (hidden, may change)\n      New: + "
            "(hidden)\n");
}

TEST(TemplateDiff, ListsEveryParameterOnRequest) {
  const auto values =
      diff_parameters({{"A", "1"}, {"B", "2"}, {"Key", "k"}}, {{"A", "1"}, {"B", "3"}, {"Key", "k"}}, {"Key"}, true);
  EXPECT_EQ(render_properties(values, {}), "      A: 1\n      B: 2 → 3\n      Key: (hidden)\n");
}

TEST(TemplateDiff, ShowsWhatSystemsManagerHasByNow) {
  const auto changes =
      diff_resolved({{"Image", "ami-1"}, {"Same", "x"}}, {{"Image", "ami-2"}, {"Same", "x"}, {"New", "n"}});
  EXPECT_EQ(render_properties(changes, {}),
            "      Image: ami-1 → ami-2  because of its new value in Systems Manager\n");
}

TEST(TemplateDiff, TellsThatAGroupReplacesItsInstances) {
  const std::string text =
      "Resources:\n  Group:\n    Type: AWS::AutoScaling::AutoScalingGroup\n    UpdatePolicy: "
      "{AutoScalingRollingUpdate: "
      "{MaxBatchSize: 1}}\n  Plain: {Type: 'AWS::AutoScaling::AutoScalingGroup'}\n";
  const auto marked = [&](const std::string& id, const std::string& path) {
    aws::ResourceChange change;
    change.action = "Modify";
    change.logical_id = id;
    change.type = "AWS::AutoScaling::AutoScalingGroup";
    change.properties.push_back({"Properties", path, "Never", "NodeTemplate.LatestVersionNumber", "1", "2"});
    std::vector<aws::ResourceChange> changes{change};
    mark_replaced_instances(changes, text);
    return changes.front();
  };
  const std::string path = "/Properties/MixedInstancesPolicy/LaunchTemplate/LaunchTemplateSpecification/Version";
  EXPECT_TRUE(marked("Group", path).replaces_instances);
  EXPECT_TRUE(marked("Group", "MixedInstancesPolicy").replaces_instances);
  EXPECT_FALSE(marked("Group", "/Properties/MaxSize").replaces_instances);
  EXPECT_FALSE(marked("Plain", path).replaces_instances);
  EXPECT_FALSE(marked("Elsewhere", path).replaces_instances);
  EXPECT_EQ(render_changes({marked("Group", "MixedInstancesPolicy")}, {}),
            "  ! Group AWS::AutoScaling::AutoScalingGroup  REPLACES ITS INSTANCES\n"
            "      MixedInstancesPolicy: 1 → 2  because of NodeTemplate.LatestVersionNumber\n");
}

}  // namespace
}  // namespace wsdeep::deploy
