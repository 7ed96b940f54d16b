#include "stack/template_diff.h"

#include <gtest/gtest.h>

#include "stack/change_set.h"

namespace wsdeep::stack {
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
            "      Old: (hidden) → (hidden)\n      Secret: (hidden) → (hidden, may change)\n      New: + (hidden)\n");
}

}  // namespace
}  // namespace wsdeep::stack
