#include "deploy/operation_owner.h"

#include <gtest/gtest.h>

namespace wsdeep::deploy {
namespace {

aws::CallerIdentity caller(const std::string& arn) {
  aws::CallerIdentity who;
  who.arn = arn;
  return who;
}

constexpr const char* kUnique = "-11111111-2222-3333-4444-555555555555";

TEST(OperationOwner, IsFoundAgainInItsTokens) {
  struct Case {
    const char* arn;
    const char* owner;
  };
  for (const Case& one : {Case{"arn:aws:iam::123456789012:user/alice", "alice"},
                          {"arn:aws:iam::123456789012:user/team/alice", "alice"},
                          {"arn:aws:sts::123456789012:assumed-role/Deployer/bob@example.org", "bob-example-org"},
                          {"arn:aws:iam::123456789012:root", "root"}})
    EXPECT_EQ(owner_of_token(signature_of(caller(one.arn)) + kUnique), one.owner) << one.arn;
}

TEST(OperationOwner, FitsATokenWhateverTheNameIs) {
  const std::string name = signature_of(caller("arn:aws:sts::1:assumed-role/R/" + std::string(200, '+')));
  EXPECT_EQ(name, "wsdeep");
  EXPECT_LE(signature_of(caller("arn:aws:sts::1:assumed-role/R/" + std::string(200, 'x'))).size(), 90u);
  EXPECT_EQ(signature_of(caller("")), "wsdeep");
}

TEST(OperationOwner, IsUnknownToATokenOfAnotherTool) {
  for (const std::string token : {"", "wsdeep", "terraform-20261130", "wsdeep-11111111-2222-3333-4444-555555555555"})
    EXPECT_EQ(owner_of_token(token), "") << token;
  EXPECT_EQ(owner_of_token("Console-UpdateStack-1"), "somebody in the AWS console");
}

}  // namespace
}  // namespace wsdeep::deploy
