#include "terminal/live_screen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/display.h"
#include "support/terminal_model.h"

namespace wsdeep {
namespace {

using AtEnd = LiveScreen::AtEnd;
using Kind = testing::TerminalModel::Kind;
using Lines = std::vector<std::string>;
using ::testing::ElementsAre;

/// A terminal on which somebody has asked something.
class OnEveryTerminal : public ::testing::TestWithParam<Kind> {
 protected:
  OnEveryTerminal() { terminal_.err("$ wsdeep deploy\naccount   1\n"); }

  static LiveScreen::Content content(Lines lines) {
    return [lines](const ScreenSize&) { return lines; };
  }

  testing::TerminalModel terminal_{GetParam(), {30, 10}};
};

INSTANTIATE_TEST_SUITE_P(LiveScreen, OnEveryTerminal, ::testing::Values(Kind::kReflows, Kind::kScrolls, Kind::kCuts));

TEST_P(OnEveryTerminal, DrawsOverWhatItDrewBefore) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  screen.draw(content({"stack  starting", "  • A", "  • B", "  • C"}));
  screen.draw(content({"stack  running", "  ✓ A"}));
  EXPECT_THAT(terminal_.seen(), ElementsAre("$ wsdeep deploy", "account   1", "stack  running", "  ✓ A"));
}

TEST_P(OnEveryTerminal, LeavesNothingBehindWhenTheWindowGetsNarrower) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  const auto lines = content({"chat-dev  CREATE_IN_PROGRESS", "  • Table  CREATE_IN_PROGRESS", "  • Queue  CREATE"});
  screen.draw(lines);
  terminal_.resize({16, 10});
  screen.draw(lines);
  EXPECT_THAT(terminal_.seen(), ElementsAre("$ wsdeep deploy", "account   1", "chat-dev  CREAT…", "  • Table  CREA…",
                                            "  • Queue  CREA…"));
}

TEST_P(OnEveryTerminal, ShowsMoreWhenTheWindowGetsWider) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  const auto lines = content({"a line of more than thirty columns", "another one"});
  screen.draw(lines);
  terminal_.resize({40, 10});
  screen.draw(lines);
  EXPECT_THAT(terminal_.seen(),
              ElementsAre("$ wsdeep deploy", "account   1", "a line of more than thirty columns", "another one"));
}

TEST_P(OnEveryTerminal, IsNeverTallerThanTheTerminal) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  Lines lines;
  for (int i = 0; i < 15; ++i) lines.push_back("line " + std::to_string(i));
  screen.draw(content(lines));
  EXPECT_EQ(terminal_.seen(), Lines(lines.begin(), lines.begin() + 10));
  terminal_.resize({30, 4});
  screen.draw(content(lines));
  EXPECT_EQ(terminal_.seen(), Lines(lines.begin(), lines.begin() + 4));
  terminal_.resize({30, 12});
  screen.draw(content(lines));
  const Lines seen = terminal_.seen();
  ASSERT_GE(seen.size(), 12u);
  EXPECT_EQ(Lines(seen.end() - 12, seen.end()), Lines(lines.begin(), lines.begin() + 12));
}

TEST_P(OnEveryTerminal, KnowsTheSizeAtEachDrawing) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  const auto told = [](const ScreenSize& size) {
    return Lines{std::to_string(size.columns) + "x" + std::to_string(size.rows)};
  };
  screen.draw(told);
  terminal_.resize({17, 5});
  screen.draw(told);
  EXPECT_EQ(terminal_.seen().back(), "17x5");
}

TEST_P(OnEveryTerminal, CutsWideCharactersWhereTheyEnd) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  terminal_.resize({10, 10});
  screen.draw(content({"日本語の名前", "exactly 10", "\x1b[31mred and long\x1b[0m"}));
  screen.draw(content({"日本語の名前です", "exactly 10", "\x1b[31mred and long\x1b[0m"}));
  const Lines seen = terminal_.seen();
  EXPECT_EQ(Lines(seen.end() - 3, seen.end()), (Lines{"日本語の…", "exactly 10", "red and l…"}));
}

TEST_P(OnEveryTerminal, LetsNoLineMoveTheCursor) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  screen.draw(content({"one\ntwo\r\tthree\x1b[2J\x1b]0;title\a", "\x1b"}));
  screen.draw(content({"over"}));
  EXPECT_THAT(terminal_.seen(), ElementsAre("$ wsdeep deploy", "account   1", "over"));
}

TEST_P(OnEveryTerminal, StandsAtTheEndWithTheCursorBelow) {
  {
    LiveScreen screen(terminal_, AtEnd::kStand);
    screen.draw(content({"stack  CREATE_COMPLETE", "  ✓ ATableWithALongName"}));
    terminal_.resize({16, 10});
  }
  terminal_.err("done\n");
  EXPECT_THAT(terminal_.seen(),
              ElementsAre("$ wsdeep deploy", "account   1", "stack  CREATE_C…", "  ✓ ATableWithA…", "done"));
}

TEST_P(OnEveryTerminal, GoesAtTheEndWithoutATrace) {
  {
    LiveScreen screen(terminal_, AtEnd::kGo);
    screen.draw(content({"a line that is rather long", "and one more of that kind"}));
    terminal_.resize({16, 10});
  }
  terminal_.err("done\n");
  EXPECT_THAT(terminal_.seen(), ElementsAre("$ wsdeep deploy", "account   1", "done"));
}

TEST_P(OnEveryTerminal, SaysSomethingAbove) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  screen.print_above("before\n");
  screen.draw(content({"stack", "  • A"}));
  screen.print_above("throttled; trying again\n");
  screen.draw(content({"stack", "  ✓ A"}));
  EXPECT_THAT(terminal_.seen(),
              ElementsAre("$ wsdeep deploy", "account   1", "before", "throttled; trying again", "stack", "  ✓ A"));
}

TEST_P(OnEveryTerminal, WritesNothingWhenNothingHasChanged) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  screen.draw(content({"stack"}));
  const std::string before = terminal_.written();
  screen.draw(content({"stack"}));
  EXPECT_EQ(terminal_.written(), before);
  terminal_.resize({29, 10});
  screen.draw(content({"stack"}));
  EXPECT_NE(terminal_.written(), before);
}

TEST_P(OnEveryTerminal, IsStillInTheBackground) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  terminal_.foreground = false;
  screen.draw(content({"stack"}));
  EXPECT_THAT(terminal_.seen(), ElementsAre("$ wsdeep deploy", "account   1"));
}

TEST_P(OnEveryTerminal, DrawsAnewWhereTheShellHasLeftTheCursor) {
  LiveScreen screen(terminal_, AtEnd::kStand);
  screen.draw(content({"stack", "  • A"}));
  // Stopped by Ctrl-Z: what the signal handler does, and then the shell. `fg` lets it go on.
  terminal_.err("\n\n");
  const int standard_error = ::dup(STDERR_FILENO);
  ::close(STDERR_FILENO);  // the handler's own newlines
  bring_cursor_down();
  ::dup2(standard_error, STDERR_FILENO);
  ::close(standard_error);
  terminal_.err("Stopped\n$ fg\n");
  screen.draw(content({"stack", "  • A"}));
  EXPECT_THAT(terminal_.seen(),
              ElementsAre("$ wsdeep deploy", "account   1", "stack", "  • A", "Stopped", "$ fg", "stack", "  • A"));
}

TEST_P(OnEveryTerminal, WritesPlainTextOnWhatIsNotLive) {
  terminal_.live = false;
  {
    LiveScreen screen(terminal_, AtEnd::kStand);
    screen.draw(content({"stack", "  • A"}));
    screen.print_above("throttled; trying again\n");
  }
  EXPECT_EQ(terminal_.written(), "$ wsdeep deploy\naccount   1\nthrottled; trying again\n");
}

/// However the window is pulled at: what is in sight ends with what was drawn last, and before it stands what stood
/// there before, and no line twice. (But where a terminal itself scrolls lines of ours away, because they have no room
/// any more once it has broken them, and brings them back when the window gets higher, nobody can have erased them.)
TEST_P(OnEveryTerminal, ShowsWhatWasDrawnLastWhateverHappensToTheWindow) {
  std::mt19937 random(7);
  const auto upto = [&](std::size_t from, std::size_t to) {
    return std::uniform_int_distribution<std::size_t>(from, to)(random);
  };
  LiveScreen screen(terminal_, AtEnd::kStand);
  for (int step = 0; step < 500; ++step) {
    if (upto(0, 1) == 0) terminal_.resize({upto(16, 60), upto(1, 20)});
    Lines lines;
    for (std::size_t i = upto(1, 12); i > 0; --i) {
      std::string line = std::to_string(step) + ":";
      for (std::size_t words = upto(0, 12); words > 0; --words) line += upto(0, 4) == 0 ? " 日本語" : " word";
      lines.push_back(line);
    }
    screen.draw(content(lines));
    const ScreenSize size = terminal_.size();
    const Lines seen = terminal_.seen();
    const std::size_t drawn = std::min(lines.size(), size.rows);
    ASSERT_GE(seen.size(), drawn);
    const std::size_t above = seen.size() - drawn;
    for (std::size_t i = 0; i < drawn; ++i)
      ASSERT_EQ(seen[above + i], cut_end(lines[i], size.columns)) << step << " at " << size.columns << "x" << size.rows;
    if (GetParam() == Kind::kScrolls) continue;
    const Lines stood{"$ wsdeep deploy", "account   1"};
    ASSERT_LE(above, stood.size()) << step << ": " << ::testing::PrintToString(seen);
    ASSERT_EQ(Lines(seen.begin(), seen.begin() + static_cast<std::ptrdiff_t>(above)),
              Lines(stood.end() - static_cast<std::ptrdiff_t>(above), stood.end()))
        << step;
  }
}

}  // namespace
}  // namespace wsdeep
