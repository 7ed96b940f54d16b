#include "commands/usage.h"

#include <gtest/gtest.h>

namespace wsdeep::commands {
namespace {

TEST(WithTargetFlagsTest, AddsThemToTheCommandsThatTakeThem) {
  EXPECT_EQ(with_target_flags("sign in with: wsdeep login ann", " -e dev"), "sign in with: wsdeep login ann -e dev");
  EXPECT_EQ(
      with_target_flags("make it with: wsdeep users group create g; or see which: wsdeep users group list", " -e dev"),
      "make it with: wsdeep users group create g -e dev; or see which: wsdeep users group list -e dev");
  EXPECT_EQ(with_target_flags("for one command: wsdeep lab run s-1 -- COMMAND", " -e dev"),
            "for one command: wsdeep lab run s-1 -e dev -- COMMAND");
  EXPECT_EQ(with_target_flags("your sessions: wsdeep lab list; a new one: wsdeep lab new", " -e dev"),
            "your sessions: wsdeep lab list -e dev; a new one: wsdeep lab new -e dev");
}

TEST(WithTargetFlagsTest, LeavesOtherHintsAlone) {
  for (const std::string hint : {"deploy it with: wsdeep deploy -e dev", "start it with: wsdeep local up --detach",
                                 "what `wsdeep users create --count` was given", "check the user name",
                                 "this is a bug in wsdeep: please report it", ""})
    EXPECT_EQ(with_target_flags(hint, " -e dev"), hint);
  EXPECT_EQ(with_target_flags("sign in with: wsdeep login USER", ""), "sign in with: wsdeep login USER");
}

}  // namespace
}  // namespace wsdeep::commands
