#include "stack/template/module_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace wsdeep::stack {
namespace {

Shape sample_shape() {
  Shape shape;
  shape.flags = {{"on", true}, {"off", false}};
  shape.slots = {{"word", "hello"}, {"none", std::nullopt}, {"list", "- a\n- {b: c}\n"}};
  shape.lists = {{"names", {{{"suffix", "One"}, {"item.name", "one"}}, {{"suffix", "Two"}, {"item.name", "two"}}}},
                 {"nobody", {}}};
  return shape;
}

/// The text of all blocks of the section Resources.
std::string resolved(std::string_view resources) {
  const std::string text = "Resources:\n" + std::string(resources);
  std::string out;
  const ResolvedModule module = resolve_module({"m", text}, sample_shape());
  for (const Block& block : module.sections.at(0).blocks) out += "[" + block.key + "]\n" + block.text;
  return out;
}

std::string failure(std::string_view resources) {
  try {
    resolved(resources);
    return "no failure";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ResolveModule, KeepsCommentsQuotesAndTagsByteForByte) {
  const std::string text =
      "  # Above A,\n"
      "  # in two lines.\n"
      "  A:\n"
      "    Type: X   # beside\n"
      "    # between\n"
      "    P: !Sub \"${B.Arn}/*\"\n"
      "    Q: |\n"
      "      # no comment, text\n"
      "\n"
      "      more\n";
  EXPECT_EQ(resolved(text + "\n  # Above B.\n  B:\n    Type: Y\n"),
            "[A]\n" + text + "[B]\n  # Above B.\n  B:\n    Type: Y\n");
}

TEST(ResolveModule, KeepsOrDropsABlockByItsFlag) {
  EXPECT_EQ(resolved("  # Gone with it.\n  A:\n    x-when: off\n    Type: X\n\n  B:\n    x-when: on\n    Type: Y\n"),
            "[B]\n  B:\n    Type: Y\n");
}

TEST(ResolveModule, KeepsOrDropsListItemsWithTheirComments) {
  const std::string items =
      "  A:\n"
      "    L:\n"
      "      - Effect: first\n"
      "        Action: a\n"
      "      # Only sometimes.\n"
      "      - x-when: FLAG\n"
      "        Effect: second\n"
      "      - Effect: third\n";
  std::string on = items, off = items;
  on.replace(on.find("FLAG"), 4, "on");
  off.replace(off.find("FLAG"), 4, "off");
  EXPECT_EQ(resolved(on),
            "[A]\n  A:\n    L:\n      - Effect: first\n        Action: a\n"
            "      # Only sometimes.\n      - Effect: second\n      - Effect: third\n");
  EXPECT_EQ(resolved(off), "[A]\n  A:\n    L:\n      - Effect: first\n        Action: a\n      - Effect: third\n");
}

TEST(ResolveModule, DropsTheLastItemAndTheLastEntry) {
  EXPECT_EQ(resolved("  A:\n    L:\n      - a: 1\n      - x-when: off\n        a: 2\n    Z: !Slot none\n"),
            "[A]\n  A:\n    L:\n      - a: 1\n");
}

TEST(ResolveModule, DropsTheEntryThatFollowsADirective) {
  EXPECT_EQ(resolved("  A:\n    x-when: on\n    B: !Slot none\n    C: 1\n"), "[A]\n  A:\n    C: 1\n");
  EXPECT_EQ(resolved("  A:\n    x-each: names\n    B: !Slot none\n    C: !Slot item.name\n"),
            "[AOne]\n  AOne:\n    C: one\n[ATwo]\n  ATwo:\n    C: two\n");
}

TEST(ResolveModule, FillsSlotsWithWordsAndBlocks) {
  EXPECT_EQ(resolved("  A:\n    W: !Slot word\n    F: [!Slot word, {k: !Slot word}]\n    L: !Slot list\n    N: !Slot "
                     "none\n    E: 1\n"),
            "[A]\n  A:\n    W: hello\n    F: [hello, {k: hello}]\n    L:\n      - a\n      - {b: c}\n    E: 1\n");
}

TEST(ResolveModule, CopiesABlockForEachItem) {
  EXPECT_EQ(
      resolved("  # Each.\n  A:\n    x-each: names\n    Name: !Slot item.name\n\n  B:\n    x-each: nobody\n    N: 1\n"),
      "[AOne]\n  # Each.\n  AOne:\n    Name: one\n[ATwo]\n  # Each.\n  ATwo:\n    Name: two\n");
}

TEST(ResolveModule, KeepsSectionsThatAreNoMapsOfBlocks) {
  const ResolvedModule module = resolve_module(
      {"m", "# The comment.\n# More.\nDescription: d\n\nGlobals:\n  F: {A: !Slot word}\n"}, sample_shape());
  EXPECT_EQ(module.comment, "# The comment.\n# More.\n");
  ASSERT_EQ(module.sections.size(), 2u);
  EXPECT_EQ(module.sections[0].text, "Description: d\n");
  EXPECT_EQ(module.sections[1].text, "Globals:\n  F: {A: hello}\n");
}

TEST(ResolveModule, NamesModuleAndPlaceOfABrokenDirective) {
  EXPECT_EQ(failure("  A: {x-when: maybe, B: 1}\n"), "templates/m.yaml:2:15: unknown flag 'maybe'");
  EXPECT_EQ(failure("  A:\n    B: !Slot what\n"), "templates/m.yaml:3:8: unknown slot 'what'");
  EXPECT_EQ(failure("  A:\n    x-each: all\n    B: 1\n"), "templates/m.yaml:3:13: unknown list 'all'");
  EXPECT_EQ(failure("  A:\n    x-when: on\n"), "templates/m.yaml:3:5: nothing after the directive");
  EXPECT_EQ(failure("  A:\n    B: {C: !Slot none}\n"),
            "templates/m.yaml:3:9: what may be left out stands on a line of its own");
  EXPECT_THAT(failure("  A: [\n"), ::testing::StartsWith("templates/m.yaml:"));
}

}  // namespace
}  // namespace wsdeep::stack
