#include "stack/yaml_tree.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

YamlNode tree(const std::string& text) {
  const YamlDocument document = parse_yaml(text, "f");
  EXPECT_EQ(render(document.problems), "");
  return document.root;
}

std::string problems(const std::string& text, const YamlLimits& limits = {}) {
  return render(parse_yaml(text, "f", limits).problems);
}

TEST(ParseYaml, KeepsTagsStylesAndPlaces) {
  const std::string text = "a: !Sub \"x\"\nb:\n  - 5\n  - \"5\"\n  - {c: !GetAtt D.E}\n";
  const YamlNode root = tree(text);
  const YamlNode& sub = *root.find("a");
  EXPECT_EQ(sub.tag, "!Sub");
  EXPECT_EQ(sub.value, "x");
  EXPECT_EQ(text.substr(sub.offset, 4), "!Sub");
  const YamlNode& list = *root.find("b");
  EXPECT_TRUE(list.items[0].plain);
  EXPECT_FALSE(list.items[1].plain);
  EXPECT_EQ(list.items[1].at, (Position{4, 5}));
  EXPECT_TRUE(list.items[2].flow);
  EXPECT_EQ(list.items[2].find("c")->tag, "!GetAtt");
  EXPECT_EQ(text.at(list.items[2].offset), '{');
}

TEST(ParseYaml, CountsOffsetsInBytesAndColumnsInCharacters) {
  const std::string text = "a: {\"é€\": 1, b: 2}\n";
  const YamlNode root = tree(text);
  const YamlEntry& entry = root.find("a")->entries[1];
  EXPECT_EQ(text.at(entry.key.offset), 'b');
  EXPECT_EQ(entry.key.at, (Position{1, 14}));
}

TEST(ParseYaml, CopiesWhatAnAliasNames) {
  const YamlNode root = tree("a: &x {k: 1}\nb: *x\n");
  EXPECT_EQ(root.find("b")->find("k")->value, "1");
  EXPECT_EQ(root.find("b")->at, (Position{2, 4}));
  EXPECT_TRUE(root.find("b")->alias);
  EXPECT_FALSE(root.find("a")->alias);
}

TEST(ParseYaml, ReportsSyntaxErrorsWithTheirPlace) {
  EXPECT_EQ(problems("a: 1\nb: [1, 2\nc: 3\n").substr(0, 4), "f:3:");
  EXPECT_NE(problems("a: 1\n\tb: 2\n"), "");
  EXPECT_NE(problems("a: *nowhere\n"), "");
}

TEST(ParseYaml, NamesATabThatIndents) {
  EXPECT_EQ(problems("a:\n  b: 1\n\tc: 2\n"),
            "f:3:1: a tab indents this line, and YAML indents with spaces only\n  \tc: 2\n  ^\n");
  EXPECT_EQ(problems("a:\n  b: 1\n  \tc: 2\n").substr(0, 10), "f:3:3: a t");
}

TEST(ParseYaml, DoesNotBlameATabThatIsRight) {
  EXPECT_EQ(problems("a: |\n  x\n  \ty\nb: 1\n"), "");
  EXPECT_EQ(problems("{\n\t\"a\": [\n\t\t1\n\t]\n}\n"), "");
  EXPECT_EQ(problems("a: |\n  x\n  \ty\nb: 1\nc: [1\n").find("tab"), std::string::npos);
  EXPECT_EQ(problems("{\n\t\"a\": [\n}\n").find("tab"), std::string::npos);
}

TEST(ParseYaml, RefusesMergeKeys) {
  EXPECT_EQ(problems("a: &a {k: 1}\nb:\n  <<: *a\n"),
            "f:3:3: the merge key '<<' is not supported\n    <<: *a\n    ^\n  write out the keys that it stands for\n");
  EXPECT_EQ(problems("{\"<<\": 1}\n"), "");
}

TEST(ParseYaml, ReportsARepeatedKey) {
  EXPECT_EQ(problems("a: 1\nb: 2\na: 3\n"), "f:3:1: the key 'a' is repeated\n  a: 3\n  ^\n");
}

TEST(ParseYaml, RefusesASecondDocument) {
  EXPECT_NE(problems("a: 1\n---\nb: 2\n").find("second document"), std::string::npos);
}

TEST(ParseYaml, StopsAnAliasBombAtTheLimit) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = fmt::format("*a{}", i - 1);
    bomb += fmt::format("a{}: &a{} [{}", i, i, before);
    for (int j = 0; j < 9; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  EXPECT_NE(problems(bomb).find("more than 200000 values, aliases counted"), std::string::npos);
}

TEST(ParseYaml, StopsAtTheDepthLimit) {
  EXPECT_NE(problems(std::string(150, '[') + std::string(150, ']')).find("nested more than 100"), std::string::npos);
  EXPECT_NE(problems(std::string(100'000, '[')), "");
  EXPECT_NE(problems("a: &a [[[x]]]\nb: [[*a]]\n", {1000, 5, 1000}).find("nested more than 5"), std::string::npos);
}

TEST(ParseYaml, RefusesWhatIsNotText) {
  EXPECT_NE(problems(std::string("a: \0b", 5)).find("not UTF-8"), std::string::npos);
  EXPECT_NE(problems("a: \xFF\n").find("not UTF-8"), std::string::npos);
  EXPECT_NE(problems(std::string(100, ' '), {50, 5, 5}).find("larger than 50 B"), std::string::npos);
}

TEST(ParseYaml, TakesAnEmptyText) {
  EXPECT_TRUE(tree("").is_null());
  EXPECT_TRUE(tree("# nothing\n").is_null());
}

}  // namespace
}  // namespace wsdeep::stack
