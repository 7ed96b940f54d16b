#include "users/test_users.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/temporary_folder.h"
#include "users/results_file.h"

namespace wsdeep::users {
namespace {

class TestUserRuleTest : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
  DiskFiles files_;
  TestPrefixes prefixes_{files_, folder_.path() / "prefixes"};
  aws::UserPoolDescription plain_;
  aws::UserPoolDescription marked_{{}, {"custom:plan", kTestMarker}, {}};
  aws::UserPoolDescription email_{{}, {}, {"email"}};

  std::filesystem::path results_ = folder_.path() / "my results.jsonl";

  /// Writes a results file of these users, with their subs.
  void record(const std::vector<std::pair<std::string, std::string>>& users, const std::string& pool = "p") {
    ResultsFile results(results_, pool, "prefix load-", 1);
    for (const auto& [name, sub] : users) results.add_created(name, "pw", sub);
  }
  std::optional<ErrorKind> kind_of(const std::string& pool, const std::string& prefix) {
    try {
      const TestUserRule rule(plain_, pool, prefix, prefixes_);
    } catch (const Error& error) {
      return error.kind();
    }
    return std::nullopt;
  }
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
  EXPECT_EQ(kind_of("p", ""), ErrorKind::kUsage);
  EXPECT_EQ(kind_of("p", "load-"), ErrorKind::kUsage);
  record({{"load-00001", ""}});
  prefixes_.add("p", "load-", results_);
  prefixes_.add("p", "load-", results_);
  EXPECT_EQ(prefixes_.of("p"), std::vector<std::string>{"load-"});
  EXPECT_EQ(prefixes_.results_of("p", "load-"), std::vector{results_});
  EXPECT_EQ(kind_of("p", "load-"), std::nullopt);
  EXPECT_EQ(kind_of("p", "load"), ErrorKind::kUsage);
  EXPECT_EQ(kind_of("other", "load-"), ErrorKind::kUsage);
}

TEST_F(TestUserRuleTest, WantsTheResultsFileOfThatPool) {
  prefixes_.add("p", "load-", results_);
  EXPECT_EQ(kind_of("p", "load-"), ErrorKind::kNotFound);
  record({{"load-00001", ""}}, "other");
  EXPECT_EQ(kind_of("p", "load-"), ErrorKind::kFailure);
}

TEST_F(TestUserRuleTest, TakesTheRecordedOnesAlone) {
  record({{"load-00001", "sub-1"}, {"load-00002", ""}});
  prefixes_.add("p", "load-", results_);
  const TestUserRule rule(plain_, "p", "load-", prefixes_);
  EXPECT_TRUE(rule.matches(user("load-00001", {{"sub", "sub-1"}})));
  EXPECT_FALSE(rule.matches(user("load-00001", {{"sub", "sub-9"}})));
  EXPECT_FALSE(rule.matches(user("load-00001")));
  EXPECT_FALSE(rule.matches(user("load-00002", {{"sub", "sub-2"}}))) << "a name alone proves nothing";
  EXPECT_FALSE(rule.matches(user("load-00003")));
}

TEST_F(TestUserRuleTest, LooksAtTheAddressWhereUsersSignInWithIt) {
  record({{numbered_name(email_, "load-", 17), "0b1c"}});
  prefixes_.add("p", "load-", results_);
  const TestUserRule rule(email_, "p", "load-", prefixes_);
  EXPECT_TRUE(rule.matches(user("0b1c", {{"sub", "0b1c"}, {"email", numbered_name(email_, "load-", 17)}})));
  EXPECT_FALSE(rule.matches(user("9d2e", {{"sub", "9d2e"}, {"email", "load-17@customer.com"}})));
  EXPECT_FALSE(rule.matches(user("load-00017@example.com")));
}

TEST_F(TestUserRuleTest, NamesUsersByNumber) {
  EXPECT_EQ(numbered_name(plain_, "load-", 1), "load-00001");
  EXPECT_EQ(numbered_name(plain_, "load-", 123456), "load-123456");
  EXPECT_EQ(numbered_name(email_, "load-", 1), "load-00001@example.com");
}

}  // namespace
}  // namespace wsdeep::users
