#include "commands/test_users.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/temporary_folder.h"

namespace wsdeep::commands {
namespace {

class TestUserRuleTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  DiskFiles files_;
  TestPrefixes prefixes_{files_, folder_.path() / "prefixes"};
  aws::UserPoolDescription plain_;
  aws::UserPoolDescription marked_{{}, {"custom:plan", kTestMarker}, {}};
  aws::UserPoolDescription email_{{}, {}, {"email"}};

  static aws::CognitoUser user(const std::string& name, const aws::Attributes& attributes = {}) {
    aws::CognitoUser made;
    made.username = name;
    made.attributes = attributes;
    return made;
  }
};

TEST_F(TestUserRuleTest, GoesByTheMarkerAloneWhereThePoolDefinesIt) {
  const TestUserRule rule(marked_, "p", "", prefixes_);
  EXPECT_TRUE(rule.matches(user("ann", {{kTestMarker, "true"}})));
  EXPECT_FALSE(rule.matches(user("ann", {{kTestMarker, "false"}})));
  EXPECT_FALSE(rule.matches(user("load-00001")));
}

TEST_F(TestUserRuleTest, NarrowsTheMarkedOnesByPrefix) {
  const TestUserRule rule(marked_, "p", "load-", prefixes_);
  EXPECT_TRUE(rule.matches(user("load-x", {{kTestMarker, "true"}})));
  EXPECT_FALSE(rule.matches(user("ann", {{kTestMarker, "true"}})));
}

TEST_F(TestUserRuleTest, WantsAPrefixOfOursWhereThereIsNoMarker) {
  EXPECT_THROW(TestUserRule(plain_, "p", "", prefixes_), Error);
  EXPECT_THROW(TestUserRule(plain_, "p", "load-", prefixes_), Error);
  prefixes_.add("p", "load-");
  prefixes_.add("p", "load-");
  EXPECT_NO_THROW(TestUserRule(plain_, "p", "load-", prefixes_));
  EXPECT_THROW(TestUserRule(plain_, "p", "load", prefixes_), Error);
  EXPECT_THROW(TestUserRule(plain_, "other", "load-", prefixes_), Error);
}

TEST_F(TestUserRuleTest, TakesOnlyNumbersBehindThePrefix) {
  prefixes_.add("p", "load-");
  const TestUserRule rule(plain_, "p", "load-", prefixes_);
  EXPECT_TRUE(rule.matches(user("load-00001")));
  for (const char* name : {"load-", "load-balancer", "load-1x", "xload-1", "load-00001@example.com"})
    EXPECT_FALSE(rule.matches(user(name))) << name;
}

TEST_F(TestUserRuleTest, LooksAtTheAddressWhereUsersSignInWithIt) {
  prefixes_.add("p", "load-");
  const TestUserRule rule(email_, "p", "load-", prefixes_);
  EXPECT_TRUE(rule.matches(user("0b1c-sub", {{"email", numbered_name(email_, "load-", 17)}})));
  EXPECT_FALSE(rule.matches(user("0b1c-sub", {{"email", "load-17@customer.com"}})));
  EXPECT_FALSE(rule.matches(user("load-17")));
}

TEST_F(TestUserRuleTest, NamesUsersByNumber) {
  EXPECT_EQ(numbered_name(plain_, "load-", 1), "load-00001");
  EXPECT_EQ(numbered_name(plain_, "load-", 123456), "load-123456");
  EXPECT_EQ(numbered_name(email_, "load-", 1), "load-00001@example.com");
}

}  // namespace
}  // namespace wsdeep::commands
