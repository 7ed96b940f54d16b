#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "local/cognito/service.h"
#include "support/cognito_fixture.h"

namespace wsdeep::local {
namespace {

using nlohmann::json;
using wsdeep::testing::CognitoFixture;

class CognitoGroups : public CognitoFixture {};

TEST_F(CognitoGroups, KeepsGroupsAndTheirMembers) {
  create("ann");
  create("bob");
  const json group =
      admin("CreateGroup", {{"GroupName", "testers"}, {"Description", "for tests"}, {"Precedence", 3}})["Group"];
  EXPECT_EQ(group["Precedence"], 3);
  EXPECT_EQ(admin_fault("CreateGroup", {{"GroupName", "testers"}}),
            "GroupExistsException: A group with the name already exists.");
  EXPECT_EQ(admin_fault("AdminAddUserToGroup", {{"Username", "ann"}, {"GroupName", "nope"}}),
            "ResourceNotFoundException: Group not found.");
  for (const char* name : {"ann", "bob"}) admin("AdminAddUserToGroup", {{"Username", name}, {"GroupName", "testers"}});
  admin("AdminAddUserToGroup", {{"Username", "ann"}, {"GroupName", "testers"}});
  const json first = admin("ListUsersInGroup", {{"GroupName", "testers"}, {"Limit", 1}});
  EXPECT_EQ(first["Users"][0]["Username"], "ann");
  const json second =
      admin("ListUsersInGroup", {{"GroupName", "testers"}, {"Limit", 1}, {"NextToken", first["NextToken"]}});
  EXPECT_EQ(second["Users"][0]["Username"], "bob");
  EXPECT_FALSE(second.contains("NextToken"));

  admin("AdminRemoveUserFromGroup", {{"Username", "ann"}, {"GroupName", "testers"}});
  EXPECT_EQ(admin("AdminListGroupsForUser", {{"Username", "ann"}})["Groups"], json::array());
  EXPECT_EQ(admin("AdminListGroupsForUser", {{"Username", "bob"}})["Groups"][0]["GroupName"], "testers");
  admin("DeleteGroup", {{"GroupName", "testers"}});
  EXPECT_EQ(admin("ListGroups", json::object())["Groups"], json::array());
}

}  // namespace
}  // namespace wsdeep::local
