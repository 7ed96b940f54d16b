#include "load/report/plot.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "load/report/page.h"
#include "load/report/plot_axis.h"
#include "load/report/plot_points.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const double kGap = std::numeric_limits<double>::quiet_NaN();

std::string rounded_text(double value) {
  return fmt::format("{:g}", value);
}

std::vector<std::string> texts_of(const std::vector<PlotTick>& ticks) {
  std::vector<std::string> texts;
  for (const PlotTick& tick : ticks) texts.push_back(tick.text);
  return texts;
}

TEST(PlotTicks, AreRound) {
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kLinear, 0, 7}, 5, rounded_text)), ElementsAre("0", "2", "4", "6"));
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kLinear, 0, 0.02}, 5, rounded_text)),
              ElementsAre("0", "0.005", "0.01", "0.015", "0.02"));
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kLinear, 0, 800'000}, 5, time_text)),
              ElementsAre("0us", "200ms", "400ms", "600ms", "800ms"));
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kLog, 1, 100}, 6, rounded_text)),
              ElementsAre("1", "2", "5", "10", "20", "50", "100"));
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kLog, 1, 1e6}, 4, rounded_text)),
              ElementsAre("1", "100", "10000", "1e+06"));
  EXPECT_THAT(texts_of(plot_ticks({PlotScale::kNines, 0, 0.9995}, 8, rounded_text)),
              ElementsAre("0", "0.5", "0.9", "0.99", "0.999"));
}

TEST(PlotTicks, OfARunAreAsClocksHaveThem) {
  EXPECT_THAT(texts_of(plot_time_ticks({PlotScale::kLinear, 0, 60}, 8)),
              ElementsAre("0s", "10s", "20s", "30s", "40s", "50s", "1m"));
  EXPECT_THAT(texts_of(plot_time_ticks({PlotScale::kLinear, 0, 3600}, 8)),
              ElementsAre("0s", "10m", "20m", "30m", "40m", "50m", "1h"));
  EXPECT_THAT(texts_of(plot_time_ticks({PlotScale::kLinear, 0, 1}, 8)), ElementsAre("0s", "1s"));
}

TEST(PlotTicks, AreFewWhateverTheRange) {
  for (const double high : {1e-300, 1.0, 1e18, 1e300})
    EXPECT_LE(plot_ticks({PlotScale::kLinear, 0, high}, 5, rounded_text).size(), 8U) << high;
  EXPECT_LE(plot_ticks({PlotScale::kLog, 1e-300, 1e300}, 5, rounded_text).size(), 8U);
  EXPECT_LE(plot_time_ticks({PlotScale::kLinear, 0, 1e18}, 8).size(), 12U);
}

TEST(PlotRange, BeginsAtNothingUnlessValuesAreFarApart) {
  EXPECT_EQ(plot_range_of({3, 70}).low, 0);
  EXPECT_EQ(plot_range_of({3, 70}).high, 80);
  EXPECT_EQ(plot_range_of({3, 7'000}).scale, PlotScale::kLog);
  EXPECT_EQ(plot_range_of({3, 7'000}).low, 1);
  EXPECT_EQ(plot_range_of({}).high, 1);
  EXPECT_EQ(plot_range_of({kGap, 0}).high, 1);
}

/// A file of results may have any of them.
TEST(PlotRange, LeavesOutWhatNoAxisCanShow) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double denormal = std::numeric_limits<double>::denorm_min();
  for (const double odd : {infinity, -infinity, kGap, 1.5e308, -1e308, denormal}) {
    const PlotRange alone = plot_range_of({odd});
    EXPECT_EQ(alone.scale, PlotScale::kLinear) << odd;
    EXPECT_EQ(alone.high, 1) << odd;
    const PlotRange among = plot_range_of({3, odd, 7'000});
    EXPECT_EQ(among.low, 1) << odd;
    EXPECT_EQ(among.high, 10'000) << odd;
    EXPECT_LE(plot_ticks(among, 5, rounded_text).size(), 8U) << odd;
    const double place = among.place(odd);
    EXPECT_TRUE(place >= 0 && place <= 1) << odd;
  }
}

TEST(PlotTicks, EndWhereARangeDoesNot) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const PlotScale scale : {PlotScale::kLinear, PlotScale::kLog, PlotScale::kNines})
    for (const double high : {infinity, 1.5e308, kGap})
      EXPECT_LE(plot_ticks({scale, 1, high}, 5, rounded_text).size(), 60U) << high;
}

TEST(PlotRange, PlacesValues) {
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kLinear, 0, 10}.place(2.5)), 0.25);
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kLog, 1, 100}.place(10)), 0.5);
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kLog, 1, 100}.place(0)), 0);
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kNines, 0, 0.99}.place(0.9)), 0.5);
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kLinear, 0, 10}.place(1e9)), 1);
  EXPECT_DOUBLE_EQ((PlotRange{PlotScale::kLinear, 5, 5}.place(5)), 0);
}

/// An hour at ten a second, with one spike up, one down, and a minute of which nothing is known.
TEST(PlotPoints, KeepTheirExtremesWhenTheyAreReduced) {
  std::vector<PlotPoint> points;
  for (int i = 0; i < 36'000; ++i) points.push_back({i / 10.0, 100.0 + i % 7});
  points[12'345].y = 9'000;
  points[23'456].y = 1;
  points[30'000] = {3'000, 50'000, true};
  for (int i = 6'000; i < 6'600; ++i) points[static_cast<std::size_t>(i)].y = kGap;

  const std::vector<PlotPoint> reduced = reduced_points(points, 0, 3'600);

  EXPECT_LE(reduced.size(), 2 * kPlotColumns);
  const auto has = [&](double x, double y, bool more_than) {
    return std::any_of(reduced.begin(), reduced.end(), [&](const PlotPoint& point) {
      return point.x == x && point.y == y && point.more_than == more_than;
    });
  };
  EXPECT_TRUE(has(1234.5, 9'000, false));
  EXPECT_TRUE(has(2345.6, 1, false));
  EXPECT_TRUE(has(3'000, 50'000, true));
  EXPECT_TRUE(std::any_of(reduced.begin(), reduced.end(), [](const PlotPoint& point) { return std::isnan(point.y); }));
  EXPECT_TRUE(std::is_sorted(reduced.begin(), reduced.end(), [](const auto& a, const auto& b) { return a.x < b.x; }));
}

TEST(PlotPoints, AreLeftAloneWhenTheyAreFew) {
  EXPECT_EQ(reduced_points({{0, 1}, {1, kGap}, {2, 3}}, 0, 2).size(), 3U);
  EXPECT_THAT(reduced_points({}, 0, 1), IsEmpty());
}

Plot plot_of(std::vector<PlotPoint> points) {
  Plot plot{.title = "Time", .y_text = time_text};
  plot.lines = {{"p99", std::move(points)}};
  return plot;
}

std::string drawn(const Plot& plot) {
  Markup page;
  draw_plot(page, plot);
  return page.source();
}

TEST(Plot, IsNothingWithoutValues) {
  EXPECT_EQ(drawn(plot_of({})), "");
  EXPECT_EQ(drawn(plot_of({{0, kGap}})), "");
}

TEST(Plot, HasAGapWhereNothingWasMeasured) {
  const std::string html = drawn(plot_of({{0, 1000}, {1, 1000}, {2, kGap}, {3, 1000}, {4, 1000}}));
  EXPECT_THAT(html, HasSubstr("d=\"M0 0L250 0M750 0L1000 0\""));
}

TEST(Plot, ShowsWhatStandsAlone) {
  EXPECT_THAT(drawn(plot_of({{0, 1000}, {1, kGap}, {2, 500}})),
              HasSubstr("class=\"small l0\" d=\"M0 0h0M1000 500h0\""));
}

TEST(Plot, HasAHoleInEachRingAndInItsKey) {
  Plot plot = plot_of({{0, 1000}, {1, 500}});
  plot.lines[0].look = PlotLook::kRing;
  plot.lines.push_back({"passed", {{0, 500}}, PlotLook::kRound});
  const std::string html = drawn(plot);
  EXPECT_THAT(
      html,
      HasSubstr("class=\"ring l0\" d=\"M0 0h0M1000 500h0\"></path>\n<path class=\"hole\" d=\"M0 0h0M1000 500h0\""));
  EXPECT_THAT(html, HasSubstr("class=\"ring l0\" d=\"M14 5h0\"></path>\n<path class=\"hole\" d=\"M14 5h0\""));
  EXPECT_THAT(html, HasSubstr("class=\"round l1\" d=\"M14 5h0\"></path>\n</svg>"));
}

TEST(Plot, JoinsNoLineToALowerBound) {
  const std::string html = drawn(plot_of({{0, 1000}, {1, 1000, true}, {2, 1000}}));
  EXPECT_THAT(html, HasSubstr("class=\"small l0\" d=\"M0 0h0M1000 0h0\""));
  EXPECT_THAT(html, HasSubstr("class=\"bound l0\" d=\"M500 0v-40\""));
  EXPECT_THAT(html, HasSubstr("strokes upwards: at least that much"));
  EXPECT_THAT(html, HasSubstr("p99: &gt; 1.00ms."));
}

TEST(Plot, SaysItsValuesInWords) {
  Plot plot = plot_of({{0, 1000}, {1, 3000}});
  plot.levels = {{"ttft_p99<2ms", 2000}};
  EXPECT_THAT(drawn(plot),
              HasSubstr("aria-label=\"Time, from 0s to 1s. p99: 1.00ms … 3.00ms. Level: ttft_p99&lt;2ms.\""));
}

TEST(Plot, StacksBars) {
  Plot plot{.title = "Errors", .y_text = rounded_text};
  plot.kinds = {"refused", "failed"};
  plot.bars = {{0, 1, {1, 1}}, {1, 2, {0, 0}}, {2, 3, {0, 2}}};
  const std::string html = drawn(plot);
  EXPECT_THAT(html, HasSubstr("class=\"bar l0\" d=\"M0 1000H333V500H0z\""));
  EXPECT_THAT(html, HasSubstr("class=\"bar l1\" d=\"M0 500H333V0H0zM667 1000H1000V0H667z\""));
  EXPECT_THAT(html, HasSubstr("refused: 1. failed: 3."));
}

TEST(Plot, HasNoHalvesOfWhatIsCounted) {
  Plot plot{.title = "Errors", .y_text = rounded_text, .counts = true};
  plot.kinds = {"refused"};
  plot.bars = {{0, 1, {1}}};
  const std::string html = drawn(plot);
  EXPECT_THAT(html, HasSubstr("bottom:0.00%\">0</span><span class=\"tick\" style=\"bottom:100.00%\">1</span></div>"));
}

TEST(Plot, DrawsNothingThatIsNoNumber) {
  const double huge = 1e300;
  for (const double x : {0.0, 1.0, 9.2e18})
    for (const double y : {0.0, 1e-300, huge, 9.2e18, std::numeric_limits<double>::infinity()})
      EXPECT_THAT(drawn(plot_of({{x, y}, {x, kGap}})), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace wsdeep::load
