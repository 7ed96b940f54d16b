#include "deploy/unchangeable.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::deploy {
namespace {

TEST(CheckChangeable, RefusesWhatCloudFormationCouldOnlyRollBack) {
  struct Row {
    const char* before;
    const char* after;
    const char* message;
  };
  const Row rows[] = {
      {"chat-dev", "chat-test",
       "auth.hosted_ui_prefix cannot change from 'chat-dev' to 'chat-test': a user pool has one such domain, and "
       "CloudFormation would ask for the new one before it gives up the old, fail and roll back"},
      {"chat-dev", "chat-dev", ""},
      {"", "chat-dev", ""},
      {"chat-dev", "", ""},
  };
  for (const Row& row : rows) {
    Plan plan;
    plan.inputs.parameters = {{"Project", "chat"}, {"HostedUiPrefix", row.after}};
    aws::Stack deployed;
    deployed.parameters["HostedUiPrefix"] = row.before;
    std::string told;
    try {
      check_changeable(plan, deployed);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      told = error.what();
    }
    EXPECT_EQ(told, row.message);
  }
}

TEST(CheckChangeable, KnowsNothingOfStacksWithoutSuchADomain) {
  Plan plan;
  plan.inputs.parameters = {{"HostedUiPrefix", "chat"}};
  EXPECT_NO_THROW(check_changeable(plan, aws::Stack{}));
}

}  // namespace
}  // namespace wsdeep::deploy
