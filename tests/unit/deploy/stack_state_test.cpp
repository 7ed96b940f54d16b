#include "deploy/stack_state.h"

#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

TEST(Situation, FollowsFromTheStatus) {
  EXPECT_EQ(situation_of(""), Situation::kAbsent);
  EXPECT_EQ(situation_of("DELETE_COMPLETE"), Situation::kAbsent);
  EXPECT_EQ(situation_of("REVIEW_IN_PROGRESS"), Situation::kNeverCreated);
  EXPECT_EQ(situation_of("ROLLBACK_COMPLETE"), Situation::kDead);
  for (const char* status : {"DELETE_FAILED", "ROLLBACK_FAILED"})
    EXPECT_EQ(situation_of(status), Situation::kHalfGone) << status;
  EXPECT_EQ(situation_of("UPDATE_ROLLBACK_FAILED"), Situation::kRollbackStuck);
  for (const char* status : {"CREATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"})
    EXPECT_EQ(situation_of(status), Situation::kInProgress) << status;
  for (const char* status : {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
    EXPECT_EQ(situation_of(status), Situation::kReady) << status;
  for (const char* status : {"CREATE_FAILED", "UPDATE_FAILED"})
    EXPECT_EQ(situation_of(status), Situation::kFailedKept) << status;
}

TEST(ChangeSetName, DependsOnEveryInputAndNothingElse) {
  const DeploymentInputs base{"t", {{"A", "b"}}, {{"k", "v"}}, ""};
  EXPECT_EQ(change_set_name(base), change_set_name(base));
  EXPECT_EQ(change_set_name(base).size(), 23u);
  for (const DeploymentInputs& other :
       {DeploymentInputs{"u", {{"A", "b"}}, {{"k", "v"}}, ""}, DeploymentInputs{"t", {{"Ab", ""}}, {{"k", "v"}}, ""},
        DeploymentInputs{"t", {{"A", "b"}}, {}, ""}, DeploymentInputs{"t", {{"A", "b"}}, {{"k", "v"}}, "r"}})
    EXPECT_NE(change_set_name(other), change_set_name(base));
}

TEST(ChangeSetName, IsReadFromAnArn) {
  EXPECT_EQ(name_in_arn("arn:aws:cloudformation:us-east-1:1:changeSet/wsdeep-1/uuid"), "wsdeep-1");
  EXPECT_EQ(name_in_arn(""), "");
}

TEST(ChangeSet, HasNoChangesOnlyWhenCloudFormationSaysSo) {
  aws::ChangeSet set;
  set.status = "FAILED";
  set.status_reason = "The submitted information didn't contain changes. Submit different information";
  EXPECT_TRUE(has_no_changes(set));
  set.status_reason = "No updates are to be performed.";
  EXPECT_TRUE(has_no_changes(set));
  set.status_reason = "Template error";
  EXPECT_FALSE(has_no_changes(set));
}

TEST(ArtifactBucket, IsANameThatABucketMayHave) {
  EXPECT_EQ(artifact_bucket("chat-dev", "123456789012", "us-east-1"), "wsdeep-chat-dev-123456789012-us-east-1");
  const std::string longest = artifact_bucket(std::string(128, 'x'), "123456789012", "ap-southeast-2");
  EXPECT_EQ(longest.size(), 63u);
  EXPECT_NE(longest, artifact_bucket(std::string(127, 'x'), "123456789012", "ap-southeast-2"));
  EXPECT_NE(artifact_bucket("Chat", "1", "r"), artifact_bucket("chat", "1", "r"));
}

}  // namespace
}  // namespace wsdeep::deploy
