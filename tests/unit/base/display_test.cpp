#include "base/display.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

TEST(DisplayWidth, CountsColumnsNotCharacters) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("✓ grüße…"), 8u);
  EXPECT_EQ(display_width("日本"), 4u);
  EXPECT_EQ(display_width("🚀"), 2u);
  EXPECT_EQ(display_width("e\u0301"), 1u);
  EXPECT_EQ(display_width("\x1b[1;31mred\x1b[0m"), 3u);
  EXPECT_EQ(display_width("\x1b[2J"), 3u);  // an escape sequence, but not one of colours: whoever shows it removes it
}

TEST(Cut, KnowsWideCharactersAndColours) {
  EXPECT_EQ(cut_end("日本語", 6), "日本語");
  EXPECT_EQ(cut_end("日本語", 5), "日本…");
  EXPECT_EQ(cut_end("日本語", 4), "日…");
  EXPECT_EQ(cut_end("\x1b[31mabcdef\x1b[0m", 6), "\x1b[31mabcdef\x1b[0m");
  EXPECT_EQ(cut_end("\x1b[31mabc\x1b[2mdef\x1b[0m", 3), "\x1b[31mab…\x1b[2m\x1b[0m");
  EXPECT_EQ(cut_middle("日本語の名前", 7), "日…前");
}

TEST(Cut, KeepsWhatFitsAndMarksTheRest) {
  EXPECT_EQ(cut_end("grüße", 5), "grüße");
  EXPECT_EQ(cut_end("grüße", 4), "grü…");
  EXPECT_EQ(cut_end("grüße", 1), "…");
  EXPECT_EQ(cut_middle("arn:aws:ö-tail", 9), "arn:…tail");
  EXPECT_EQ(cut_middle("abcdef", 4), "ab…f");
  EXPECT_EQ(cut_middle("ab", 1), "…");
  for (const auto cut : {cut_end, cut_middle})
    EXPECT_EQ(cut("as it is, without a screen", 0), "as it is, without a screen");
}

TEST(Wrap, BreaksAtBlanksAndIndentsTheRest) {
  EXPECT_EQ(wrap("  reason  one two three", 15, 4), "  reason  one\n    two three");
  EXPECT_EQ(wrap("exactly fit", 11, 2), "exactly fit");
  EXPECT_EQ(wrap("a-word-that-is-too-long b", 10, 2), "a-word-that-is-too-long\n  b");
  EXPECT_EQ(wrap("ü ü ü", 3, 0), "ü ü\nü");
  EXPECT_EQ(wrap("no screen, no end of the line", 0, 2), "no screen, no end of the line");
  EXPECT_EQ(wrap("", 10, 2), "");
}

TEST(HumanBytes, UsesDecimalUnits) {
  EXPECT_EQ(human_bytes(999), "999 B");
  EXPECT_EQ(human_bytes(1'250'000), "1.2 MB");
}

}  // namespace
}  // namespace wsdeep
