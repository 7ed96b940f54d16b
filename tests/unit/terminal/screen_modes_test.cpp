#include "terminal/screen_modes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace wsdeep {
namespace {

/// What every undoing ends with: the usual letters and no colour.
constexpr std::string_view kPlain = "\x0f\x1b(B\x1b)B\x1b[0m";

/// What comes before that.
std::string undone(std::string_view text) {
  ScreenModes modes;
  modes.feed(text);
  std::string all = modes.undo();
  EXPECT_TRUE(all.ends_with(kPlain)) << all;
  return all.substr(0, all.size() - std::min(all.size(), kPlain.size()));
}

TEST(ScreenModes, GivesTheUsualLettersBackWhateverWasChosen) {
  for (const char* chosen : {"\x1b(0", "\x0e", "\x1b)0\x0e", "\x1b[?1049h\x1b)0\x0e"}) {
    ScreenModes modes;
    modes.feed(chosen);
    EXPECT_TRUE(modes.undo().ends_with(kPlain)) << chosen;
  }
}

TEST(ScreenModes, HasNothingButLettersAndColourToUndoAfterText) {
  EXPECT_EQ(undone("hello\x1b[31m\x1b[2J\x1b[5;7H"), "");
}

TEST(ScreenModes, UndoesWhatVimDid) {
  const std::string vim =
      "\x1b[?1049h\x1b[22;0;0t\x1b[>4;2m\x1b[?1h\x1b=\x1b[?2004h\x1b[?1004h\x1b[1;24r\x1b[?12h\x1b[?12l\x1b[?25l";
  EXPECT_EQ(undone(vim),
            "\x1b[?1l\x1b[?1004l\x1b[?2004l\x1b[>4;0m\x1b>\x1b"
            "7\x1b[r\x1b"
            "8\x1b[?1049l\x1b[?25h");
  EXPECT_EQ(undone(vim + "\x1b[?1004l\x1b[?2004l\x1b[?1l\x1b>\x1b[>4;m\x1b[r\x1b[?1049l\x1b[?25h"), "");
}

TEST(ScreenModes, ReadsSequencesThatAreCutAnywhere) {
  const std::string text = "x\x1b[?1000;1006h\x1b(0";
  ScreenModes modes;
  for (const char c : text) modes.feed(std::string(1, c));
  EXPECT_EQ(modes.undo(), "\x1b[?1000l\x1b[?1006l" + std::string(kPlain));
}

TEST(ScreenModes, SkipsTitlesAndOtherStrings) {
  EXPECT_EQ(undone("\x1b]0;\x1b[?25l?25l[?1049h\a"), "\x1b[?25h") << "an escape ends a string";
  EXPECT_EQ(undone("\x1b]0;title [?1049h\x1b\\text"), "");
  EXPECT_EQ(undone("\x1bPq[?1049h\x1b\\"), "");
}

TEST(ScreenModes, StartsAnewWithTheTerminal) {
  EXPECT_EQ(undone("\x1b[?1049h\x1b[?25l\x1b"
                   "c"),
            "");
}

TEST(ScreenModes, IsNotImpressedByNonsense) {
  EXPECT_EQ(undone("\x1b[?99999999999999999999h\x1b[?;x;h\x1b[" + std::string(5000, '9') + "h\x1b[?h"), "");
  std::string many;
  for (int mode = 2000; mode < 4000; ++mode) many += "\x1b[?" + std::to_string(mode) + "h";
  EXPECT_LT(undone(many).size(), 1000u);
}

TEST(ScreenModes, PutsCursorAndKeysBack) {
  EXPECT_EQ(undone("\x1b[3 q\x1b[>1u"), "\x1b[<u\x1b[0 q");
  EXPECT_EQ(undone("\x1b[>1u\x1b[<u"), "");
}

}  // namespace
}  // namespace wsdeep
