#include "stack/diagnostic.h"

#include <gtest/gtest.h>

namespace wsdeep::stack {
namespace {

Diagnostic sample() {
  return {Severity::kError, "wsdeep.yaml", {12, 13}, "expected a region, got 'eu-wst-1'", "", "    region: eu-wst-1"};
}

TEST(RenderDiagnostic, ShowsPlaceLineAndCaret) {
  EXPECT_EQ(render(sample()),
            "wsdeep.yaml:12:13: expected a region, got 'eu-wst-1'\n"
            "      region: eu-wst-1\n"
            "              ^\n");
}

TEST(RenderDiagnostic, NamesWarningsAndGivesTheHint) {
  Diagnostic warning = sample();
  warning.severity = Severity::kWarning;
  warning.hint = "write it right";
  warning.source_line.clear();
  EXPECT_EQ(render(warning), "wsdeep.yaml:12:13: warning: expected a region, got 'eu-wst-1'\n  write it right\n");
}

TEST(RenderDiagnostic, PointsUnderTheCharacterAfterTabsAndMultibyteText) {
  Diagnostic tabbed = sample();
  tabbed.source_line = "\té\xE2\x82\xAC: x";
  tabbed.at.column = 6;
  EXPECT_EQ(render(tabbed).substr(render(tabbed).find('\n') + 1), "  \té€: x\n  \t    ^\n");
}

TEST(RenderDiagnostic, CutsALongLineAroundTheCaret) {
  Diagnostic wide = sample();
  wide.source_line = std::string(300, 'a').append("!").append(300, 'b');
  wide.at.column = 301;
  const std::string shown = render(wide);
  const std::string line = line_of(shown, 2), caret = line_of(shown, 3);
  EXPECT_LT(line.size(), 140u);
  EXPECT_EQ(line.at(caret.find('^')), '!');
}

TEST(RenderDiagnostic, DropsTerminalSequencesOfTheSource) {
  Diagnostic hostile = sample();
  hostile.source_line = "\x1b]0;title\x07 region: x";
  hostile.message = "got '\x1b[31m'";
  EXPECT_EQ(render(hostile).find('\x1b'), std::string::npos);
}

TEST(RenderDiagnostic, CutsAMessageThatQuotesAWholeFile) {
  Diagnostic long_one = sample();
  long_one.message = std::string(100'000, 'x');
  EXPECT_LT(render(long_one).size(), 1200u);
  EXPECT_EQ(did_you_mean(std::string(100'000, 'x'), {"x"}), "");
}

TEST(RenderDiagnostics, KeepsTheOrderOfTheFile) {
  Diagnostic first = sample(), second = sample();
  first.at = {3, 1};
  second.at = {20, 1};
  const std::string text = render({second, first});
  EXPECT_LT(text.find(":3:1:"), text.find(":20:1:"));
}

TEST(DidYouMean, CountsAnExchangeOfLettersAsOneError) {
  EXPECT_EQ(did_you_mean("dve", {"production", "dev"}), ", did you mean 'dev'?");
  EXPECT_EQ(did_you_mean("modle", {"mode", "model"}), ", did you mean 'model'?");
  EXPECT_EQ(did_you_mean("regio", {"region"}), ", did you mean 'region'?");
  EXPECT_EQ(did_you_mean("x", {"region"}), "");
}

TEST(LineOf, FindsLinesWithAnyLineEnd) {
  EXPECT_EQ(line_of("a\r\nb\nc", 1), "a");
  EXPECT_EQ(line_of("a\r\nb\nc", 3), "c");
  EXPECT_EQ(line_of("a\r\nb\nc", 4), "");
  EXPECT_EQ(line_of("", 1), "");
}

}  // namespace
}  // namespace wsdeep::stack
