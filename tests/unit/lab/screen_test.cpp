#include "lab/screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace wsdeep::lab {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What a terminal shows that was painted by `screen`, painted again: the judge is the same emulator, after a detour.
std::string painted_again(const Screen& screen) {
  Screen other(screen.cols(), screen.rows());
  other.feed("\x1b[?1049h\x1b[31mnoise\x1b[5;9r\x1b[?6h\x1b[?1h\x1b[?25lmore noise");
  other.feed(screen.repaint());
  return other.repaint();
}

TEST(Screen, PaintsAnewWhatItShows) {
  Screen screen(20, 5);
  screen.feed(
      "plain\r\n\x1b[1;31mred\x1b[0m \x1b[4;38;5;200mpink\x1b[0m\r\n\x1b[48;2;1;2;3mrgb\x1b[0m\r\nä 漢字 e\u0301");
  EXPECT_EQ(painted_again(screen), screen.repaint());
  EXPECT_THAT(screen.repaint(), HasSubstr("\x1b[0;1;31mred"));
  EXPECT_THAT(screen.repaint(), HasSubstr("漢字"));
}

TEST(Screen, PutsTheCursorWhereItWas) {
  Screen screen(20, 5);
  screen.feed("\x1b[3;7H");
  EXPECT_THAT(screen.repaint(), HasSubstr("\x1b[3;7H"));
  EXPECT_EQ(painted_again(screen), screen.repaint());
}

TEST(Screen, KnowsAnEditorsScreenFromTheOneUnderIt) {
  Screen screen(20, 5);
  screen.feed("under\x1b[?1049h\x1b[H\x1b[2Jeditor\x1b[?25l");
  EXPECT_TRUE(screen.is_alternate());
  EXPECT_THAT(screen.repaint(), HasSubstr("\x1b[?1049h"));
  EXPECT_THAT(screen.repaint(), HasSubstr("editor"));
  EXPECT_THAT(screen.repaint(), HasSubstr("\x1b[?25l"));
  screen.feed("\x1b[?1049l");
  EXPECT_FALSE(screen.is_alternate());
  EXPECT_THAT(screen.repaint(), HasSubstr("under"));
  EXPECT_THAT(screen.repaint(), Not(HasSubstr("editor")));
}

TEST(Screen, FillsTheLastCornerWithoutScrolling) {
  Screen screen(4, 2);
  screen.feed("abcd\r\nefgh");
  EXPECT_EQ(painted_again(screen), screen.repaint());
  EXPECT_THAT(screen.repaint(), HasSubstr("abcd"));
  EXPECT_THAT(screen.repaint(), HasSubstr("efgh"));
}

TEST(Screen, TakesAnotherSize) {
  Screen screen(80, 24);
  screen.feed("kept");
  screen.resize(40, 10);
  EXPECT_EQ(screen.cols(), 40);
  EXPECT_THAT(screen.repaint(), HasSubstr("kept"));
}

TEST(Screen, KeepsTheLineOfTheCursorUnderAnEditorToo) {
  Screen screen(20, 5);
  screen.feed("one\r\ntwo\r\nthree\r\nfour\r\nprompt\x1b[?1049h\x1b[Heditor");
  screen.resize(20, 2);
  EXPECT_THAT(screen.repaint(), HasSubstr("editor"));
  screen.feed("\x1b[?1049l");
  EXPECT_THAT(screen.repaint(), HasSubstr("four"));
  EXPECT_THAT(screen.repaint(), HasSubstr("prompt\x1b[2;7H"));
}

TEST(Screen, ScrollsInARegionInsertsAndDeletes) {
  Screen screen(10, 4);
  screen.feed("a\r\nb\r\nc\r\nd\x1b[2;3r\x1b[3;1H\nnew\x1b[1;1H\x1b[4hX\x1b[4l\x1b[4;1H\x1b[P");
  EXPECT_THAT(screen.repaint(), HasSubstr("\x1b[1;1HXa\x1b[2;1Hc\x1b[3;1Hnew\x1b[2;3r"));
  EXPECT_EQ(painted_again(screen), screen.repaint());
}

TEST(Screen, DrawsLines) {
  Screen screen(10, 2);
  screen.feed("\x1b(0lqk\x1b(B");
  EXPECT_THAT(screen.repaint(), HasSubstr("┌─┐"));
}

TEST(Screen, TakesWhatIsNoText) {
  Screen screen(10, 3);
  screen.feed(std::string_view("\xff\xfe\x00\x1b[999999999999999;1H\x1b]0;", 25));
  for (int byte = 0; byte < 256; ++byte) screen.feed(std::string(7, static_cast<char>(byte)) + "\x1b[");
  EXPECT_FALSE(screen.repaint().empty());
}

/// Cell by cell each of these would write 2.8 MB or twice as much: this test would take minutes.
TEST(Screen, ClearsALargeScreenAtLittleCost) {
  Screen screen(500, 200);
  const std::clock_t begin = std::clock();  // of the processor: whatever else runs takes none of it
  for (const char* clears : {"\x1b"
                             "c",
                             "\x1b[2J", "\x1b[200S", "\x1b[H\x1b[200L", "\x1b[?1049h\x1b[?1049l"}) {
    std::string text;
    for (int times = 0; times < 20'000; ++times) text += clears;
    screen.feed(text);
  }
  EXPECT_LT((std::clock() - begin) / CLOCKS_PER_SEC, 10);
}

TEST(TerminalModes, RestoresWhatIsSetAndNothingElse) {
  TerminalModes modes;
  modes.feed("\x1b[?1;2004h text \x1b[?25l\x1b=");
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?1h"));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?2004h"));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b="));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?1000l"));
  modes.feed("\x1b[?1l");
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?1l"));
  modes.feed(
      "\x1b"
      "c");
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?2004l"));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b>"));
}

TEST(TerminalModes, ReadsSequencesThatAreCutAnywhere) {
  TerminalModes modes;
  for (const char byte : std::string("\x1b[?1002;1006h")) modes.feed(std::string(1, byte));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?1002h"));
  EXPECT_THAT(modes.restore(), HasSubstr("\x1b[?1006h"));
}

}  // namespace
}  // namespace wsdeep::lab
