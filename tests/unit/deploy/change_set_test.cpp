#include "deploy/change_set.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::deploy {
namespace {

aws::PropertyChange property(const std::string& path, std::optional<std::string> before,
                             std::optional<std::string> after, const std::string& recreation = "Never") {
  aws::PropertyChange change;
  change.path = path;
  change.before = std::move(before);
  change.after = std::move(after);
  change.requires_recreation = recreation;
  return change;
}

aws::ResourceChange change(const std::string& action, const std::string& id, const std::string& type) {
  aws::ResourceChange one;
  one.action = action;
  one.logical_id = id;
  one.type = type;
  return one;
}

TEST(ChangeSet, PutsReplacementsLastAndSaysWhatWillBeLost) {
  aws::ResourceChange pool = change("Modify", "UserPool", "AWS::Cognito::UserPool");
  pool.replacement = "True";
  pool.physical_id = "eu-west-1_abc";
  pool.properties = {property("/Properties/UsernameAttributes", "[\"email\"]", "[\"phone\"]", "Always")};
  EXPECT_EQ(render_changes({pool, change("Add", "Topic", "AWS::SNS::Topic")}, {}),
            "  + Topic    AWS::SNS::Topic\n"
            "  ! UserPool AWS::Cognito::UserPool  REPLACE\n"
            "      UsernameAttributes: [\"email\"] → [\"phone\"]  forces replacement\n"
            "      will be lost: its users, their passwords and their sign-ins (eu-west-1_abc)\n");
}

TEST(ChangeSet, SaysWhatIsKept) {
  aws::ResourceChange table = change("Remove", "Chats", "AWS::DynamoDB::Table");
  table.physical_id = "chat-dev-chats";
  table.policy_action = "Retain";
  EXPECT_EQ(render_changes({table}, {}),
            "  - Chats AWS::DynamoDB::Table  REMOVE\n"
            "      kept: chat-dev-chats stays in the account, outside of the stack\n");
}

TEST(ChangeSet, FitsANarrowTerminal) {
  aws::ResourceChange client = change("Modify", "TheUserPoolClientOfTheWebFrontend", "AWS::Cognito::UserPoolClient");
  client.replacement = "True";
  client.physical_id.assign(120, 'x').append("-tail");
  client.properties = {property("/Properties/CallbackURLs/0/" + std::string(60, 'p'), std::string(90, 'a'),
                                std::string(90, 'b'), "Always")};
  client.properties[0].cause = "CallbackUrl";
  ChangeStyle narrow;
  narrow.columns = 80;
  const std::string text = render_changes({client}, narrow);
  for (const std::string_view line : split(text, '\n')) EXPECT_LE(utf8_length(line), 80u) << line;
  EXPECT_NE(text.find("-tail)"), std::string::npos) << text;
  EXPECT_NE(render_changes({client}, {}).find(client.physical_id), std::string::npos);
}

TEST(ChangeSet, CutsLongValuesToTheTerminalOnly) {
  const auto long_one = property("Value", std::string(100, 'a'), std::string(100, 'b'));
  EXPECT_NE(render_properties({long_one}, {}).find(std::string(100, 'b')), std::string::npos);
  ChangeStyle narrow;
  narrow.columns = 60;
  EXPECT_LE(render_properties({long_one}, narrow).size(), 80u);
}

TEST(ChangeSet, GivesALongValueTheRoomThatAShortOneLeaves) {
  ChangeStyle narrow;
  narrow.columns = 50;
  EXPECT_EQ(render_properties({property("A", "[\"a value of 25 columns\"]", "short")}, narrow),
            "      A: [\"a value of 25 columns\"] → short\n");
}

TEST(ChangeSet, KeepsHostileValuesOnOneLine) {
  const std::string text = render_properties({property("A", "x\n\x1b[2Jy", "\xff")}, {});
  EXPECT_EQ(text, "      A: x⏎[2Jy → (unreadable)\n");
}

TEST(ChangeSet, CountsEachFate) {
  aws::ResourceChange maybe = change("Modify", "C", "T");
  maybe.replacement = "Conditional";
  EXPECT_EQ(summary_of({change("Add", "A", "T"), change("Modify", "B", "T"), maybe, change("Remove", "D", "T")}),
            "1 to add, 1 to change, 1 to remove, 1 that may be replaced");
  EXPECT_EQ(summary_of({}), "no resource changes");
}

}  // namespace
}  // namespace wsdeep::deploy
