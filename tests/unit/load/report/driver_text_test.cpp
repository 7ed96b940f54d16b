#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/display.h"
#include "base/files.h"
#include "base/text.h"
#include "load/report/connections_text.h"
#include "load/report/pairs_text.h"
#include "support/load_results.h"

namespace wsdeep::load {
namespace {

constexpr std::size_t kColumns = 80;

/// With WSDEEP_REWRITE_GOLDEN=1 it is written instead.
void expect_section(const std::string& name, const Page& page) {
  DiskFiles files;
  const auto golden = std::filesystem::path(WSDEEP_TESTS) / "golden/load" / (name + ".txt");
  if (std::getenv("WSDEEP_REWRITE_GOLDEN") != nullptr) files.write(golden, page.text());
  EXPECT_EQ(page.text(), files.read(golden));
  for (const std::string_view line : split(page.text(), '\n')) EXPECT_LE(display_width(line), kColumns) << line;
}

TEST(SessionsText, TellsOpeningsEndsAndStorms) {
  ConnectionFigures figures = testing::connections_of_a_storm();
  Storm last;
  last.at = 60'000'000;
  last.turns = {.under_way = 3, .answered = 1, .lost = 1};
  last.lost = 9;
  figures.storms.push_back(last);
  Page page(kColumns, false);
  tell_held_sessions(page, figures);
  expect_section("sessions_held", page);
}

TEST(PairsText, TellsTheDifferenceAndItsPartsAsFarAsTheClocksAllow) {
  Page page(kColumns, false);
  tell_pairs(page, testing::pairs_with_parts());
  expect_section("pairs", page);
}

TEST(PairsText, SaysWhyThereIsNoIntervalAndNoSplit) {
  PairedFigures pairs;
  pairs.pairs = 3;
  pairs.both = pairs.only_llm = 1;
  pairs.chat_faults = {{"close 1006", 2}};
  pairs.difference.no_interval = "1 values, and an interval takes 100";
  Page page(kColumns, false);
  tell_pairs(page, pairs);
  expect_section("pairs_few", page);
}

}  // namespace
}  // namespace wsdeep::load
