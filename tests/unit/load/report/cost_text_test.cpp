#include "load/report/cost_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "load/report/csv.h"
#include "load/report/text.h"
#include "support/load_results.h"

namespace wsdeep::load {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CostText, TellsWhatIsKnownAndWhatIsNot) {
  Result result = wsdeep::testing::priced_result();
  const std::string text = text_report(result, {});
  EXPECT_THAT(text, HasSubstr("44 … 49  $1 a million          $4.40e-05 … $4.90e-05\n"));
  EXPECT_THAT(text, HasSubstr("600 of 757 tokens that were generated came to good turns (79.3%)"));
  EXPECT_THAT(text, HasSubstr("unknown   the price of g5.xlarge\n"));
  EXPECT_THAT(text, Not(HasSubstr("a million good tokens")));
  result.cost->unknown.clear();
  EXPECT_THAT(text_report(result, {}), HasSubstr("for a million good tokens"));
}

TEST(CostText, TellsWhatOtherWindowsWouldSave) {
  const std::string text = text_report(wsdeep::testing::priced_result(), {});
  EXPECT_THAT(text, HasSubstr("\nnone               200.0           $200.00"));
  EXPECT_THAT(text, HasSubstr("\n20.0ms             100.0           $100.00"));
  EXPECT_THAT(text, HasSubstr("12.0ms  now\n"));
  EXPECT_THAT(text, HasSubstr("\n200ms               11.0            $11.00"));
  EXPECT_THAT(text_report(wsdeep::testing::full_result(), {}), Not(HasSubstr("WHAT IF")));
}

TEST(CostText, SaysDollarsInThreeDigits) {
  EXPECT_EQ(usd_text(0), "$0");
  EXPECT_EQ(usd_text(0.01234), "$0.0123");
  EXPECT_EQ(usd_text(4.5), "$4.50");
  EXPECT_EQ(usd_text(1234), "$1234.00");
  EXPECT_EQ(usd_text(0.000012), "$1.20e-05");
  EXPECT_EQ(usd_range_text(1.001, 1.002), "$1.00");
  EXPECT_EQ(usd_range_text(1, 2), "$1.00 … $2.00");
}

TEST(CostText, SaysQuantitiesThatOnlyABrokenFileHasAsTheyAre) {
  EXPECT_EQ(quantity_range_text({"messages", 1234.4, 1e300, 1e-6, ""}), "1,234 … 1e+300");
}

TEST(CostText, StandsInTheRowsOfTheWholeRun) {
  Result result = wsdeep::testing::priced_result();
  result.cost->items = {{"messages", 500'000, 1'000'000, 1e-6, ""}};
  result.cost->unknown.clear();
  result.cost->good_tokens = 1'000'000;
  const std::string csv = result_csv(result);
  EXPECT_THAT(csv, HasSubstr(",least_usd,most_usd,least_usd_per_mtok,most_usd_per_mtok\r\nwhole,"));
  EXPECT_THAT(csv.substr(0, csv.find("stage,")), HasSubstr(",0.5,1,0.5,1\r\n"));
  EXPECT_THAT(csv.substr(csv.find("stage,")), Not(HasSubstr(",0.5,1,0.5,1\r\n")));
}

}  // namespace
}  // namespace wsdeep::load
