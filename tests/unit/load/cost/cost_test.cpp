#include "load/cost/cost.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "base/dice.h"
#include "base/error.h"
#include "load/report/json.h"
#include "support/load_results.h"

namespace wsdeep::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A minute of chat on three nodes: 10 turns, of which 8 were accepted and 7 had a text.
Result minute_of_chat() {
  Result result = wsdeep::testing::empty_result();
  result.kind = "chat";
  Slice& whole = result.summary.whole;
  whole.to = 60'000'000;
  whole.counted_by = TokenCount::kUsage;
  whole.output_tokens = 1'500;
  whole.good_output_tokens = 1'000;
  whole.wasted_tokens = 500;
  whole.billed_messages = 200;
  whole.door = {.messages_sent = 12,
                .messages_received = 188,
                .questions = 10,
                .accepted = 8,
                .answered = 7,
                .route_us = 160'000,
                .generate_us = {20'000'000, 24'000'000},
                .stored_kb = {15, 22},
                .read_4kb = {8, 12}};
  result.summary.connection_use = {
      .open_us = 300'000'000, .opened = 2, .closed = 1, .upgrade_us = 40'000, .messages = 4};
  return result;
}

CostTerms three_nodes() {
  CostTerms terms;
  terms.instances = {{3, "g6e.xlarge"}};
  terms.prices.instance_hours = {{"g6e.xlarge", 1.861}};
  return terms;
}

std::map<std::string, std::pair<double, double>> quantities(const CostFigures& cost) {
  std::map<std::string, std::pair<double, double>> found;
  for (const CostItem& item : cost.items) found[item.name] = {item.least, item.most};
  return found;
}

/// By hand, from the table at the top of cost.cpp.
TEST(Cost, CountsWhatARunUsed) {
  const auto used = quantities(cost_of(minute_of_chat(), three_nodes()));
  const auto expect = [&](const char* name, double least, double most) {
    EXPECT_DOUBLE_EQ(used.at(name).first, least) << name;
    EXPECT_DOUBLE_EQ(used.at(name).second, most) << name;
  };
  EXPECT_EQ(used.size(), 7U);
  expect("3 × g6e.xlarge", 0.05, 0.05);
  expect("messages", 200, 204);
  expect("connection minutes", 5, 5);
  expect("function calls", 12 + 8 + 2 * 2 + 1, 12 + 8 + 2 * 2 + 1 + 4);
  // 17 calls of 1 ms; 20 ms to each acknowledgement, twice, for 12 to 16 frames; twice the 40 ms of two openings.
  expect("function time", 0.25 * 0.017 + 0.5 * 20, 0.25 * (0.017 + 2 * 0.02 * 16 + 0.08) + 0.5 * (24 + 0.008));
  // 8 turns of 14; their items in transactions; 40 − 8 to 48 heartbeats with their index; 2 to 6 other frames of 0 to
  // 4; connections: 2 × (2 × 2 + 1).
  expect("table writes", 112 + 2 * 15 + 2 * 32 + 10, 112 + 2 * 22 + 2 * 48 + 6 * 4 + 10);
  expect("table reads", 12 + 8, 16 + 12);
}

TEST(Cost, MultipliesByThePricesAndDividesByGoodTokens) {
  const CostFigures cost = cost_of(minute_of_chat(), three_nodes());
  const double least =
      0.05 * 1.861 + 200e-6 + 5 * 0.25e-6 + 25 * 0.2e-6 + 10.00425 * 0.0000166667 + 216 * 0.625e-6 + 20 * 0.125e-6;
  EXPECT_NEAR(cost.least_usd(), least, 1e-12);
  EXPECT_NEAR(*cost.least_per_mtok(), least / 1'000 * 1e6, 1e-6);
  EXPECT_GT(*cost.most_per_mtok(), *cost.least_per_mtok());
  EXPECT_EQ(cost.all_tokens, 2'000U);
  EXPECT_THAT(cost.unknown, ElementsAre());
}

TEST(Cost, OfNodesAloneIsTheirInstances) {
  Result result = minute_of_chat();
  result.kind = "llm";
  EXPECT_EQ(quantities(cost_of(result, three_nodes())).size(), 1U);
}

TEST(Cost, HasThePriceOfTheFunctionsArchitecture) {
  CostTerms terms = three_nodes();
  terms.arm64 = true;
  const CostFigures cost = cost_of(minute_of_chat(), terms);
  const auto time = std::ranges::find(cost.items, "function time", &CostItem::name);
  ASSERT_NE(time, cost.items.end());
  EXPECT_DOUBLE_EQ(time->usd_per_unit, 0.0000133334);
}

TEST(Cost, SaysWhatIsMissingInsteadOfANumber) {
  Result result = minute_of_chat();
  const CostFigures without_nodes = cost_of(result, {});
  EXPECT_THAT(without_nodes.unknown, ElementsAre("the nodes' instances: say --instances 3xg6e.xlarge"));
  EXPECT_EQ(without_nodes.least_per_mtok(), std::nullopt);
  EXPECT_GT(without_nodes.least_usd(), 0);

  CostTerms without_price = three_nodes();
  without_price.prices.instance_hours.clear();
  EXPECT_THAT(cost_of(result, without_price).unknown,
              ElementsAre("the price of g6e.xlarge: say --price-instance g6e.xlarge=USD, for an hour"));

  result.summary.whole.counts_mixed = true;
  EXPECT_EQ(cost_of(result, three_nodes()).least_per_mtok(), std::nullopt);
  result.summary.whole.counts_mixed = false;
  result.summary.whole.good_output_tokens = 0;
  EXPECT_THAT(cost_of(result, three_nodes()).unknown, ElementsAre("a price of good tokens: there were none"));
}

CountRange random_range(Dice& dice) {
  const std::uint64_t least = dice.below(10'000'000);
  return {least, least + dice.below(1'000'000)};
}

DoorUse random_use(Dice& dice) {
  DoorUse use;
  use.questions = dice.below(100);
  use.accepted = dice.below(use.questions + 1);
  use.answered = dice.below(use.accepted + 1);
  use.messages_sent = use.questions + dice.below(50);
  use.messages_received = dice.below(1000);
  use.route_us = dice.below(1'000'000);
  use.generate_us = random_range(dice);
  use.stored_kb = random_range(dice);
  use.read_4kb = random_range(dice);
  return use;
}

/// Heartbeats are whole numbers, so that parts may have some more or less than the whole: with their index two writes
/// for each part, and for each generation of which the whole's time allows one heartbeat where its part's does not.
TEST(Cost, OfPartsAddsUpToThatOfTheWhole) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Dice dice(seed);
    DoorUse whole;
    CountRange writes, reads;
    constexpr std::uint64_t kParts = 4;
    for (std::uint64_t part = 0; part < kParts; ++part) {
      const DoorUse use = random_use(dice);
      whole.add(use);
      writes.add(table_units(use, {}).writes);
      reads.add(table_units(use, {}).reads);
    }
    const TableUnits units = table_units(whole, {});
    EXPECT_EQ(units.reads, reads) << seed;
    EXPECT_GE(units.writes.most, writes.most) << seed;
    EXPECT_LE(units.writes.most, writes.most + 2 * kParts) << seed;
    EXPECT_LE(units.writes.least, writes.least + 2 * kParts) << seed;
    EXPECT_LE(units.writes.least, units.writes.most) << seed;
  }
}

TEST(Cost, ReadsInstancesAndTheirPrices) {
  EXPECT_EQ(parse_instances("3xg6e.xlarge", "--instances"), (InstanceCount{3, "g6e.xlarge"}));
  EXPECT_EQ(parse_instances("g6e.12xlarge", "--instances"), (InstanceCount{1, "g6e.12xlarge"}));
  EXPECT_EQ(parse_instances("2xx1e.32xlarge", "--instances"), (InstanceCount{2, "x1e.32xlarge"}));
  aws::UnitPrices prices;
  parse_instance_price("g6e.xlarge=1.861", "--price-instance", prices);
  EXPECT_EQ(prices.instance_hours, (std::map<std::string, double>{{"g6e.xlarge", 1.861}}));
}

std::string refusal_of(const std::string& words, bool price) {
  aws::UnitPrices prices;
  try {
    price ? parse_instance_price(words, "--price-instance", prices) : void(parse_instances(words, "--instances"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Cost, RefusesWordsThatAreNone) {
  for (const char* words : {"", "3", "0xg6e.xlarge", "-1xg6e.xlarge", "3xg6e", "3x", "g6e.xlarge;", "3 x g6e.xlarge"})
    EXPECT_EQ(refusal_of(words, false),
              fmt::format("--instances: expected a number and a type, such as 3xg6e.xlarge, got '{}'", words));
  for (const char* words : {"", "g6e.xlarge", "g6e.xlarge=", "g6e.xlarge=-1", "g6e.xlarge=0", "g6e.xlarge=nan",
                            "g6e.xlarge=1/h", "=1", "g6e=1", "g6e.xlarge=1e9"})
    EXPECT_THAT(refusal_of(words, true), HasSubstr("expected a type and its dollars an hour")) << words;
}

/// What a saved run is priced by later is in its file.
TEST(Cost, CanBeComputedFromASavedResult) {
  const Result result = minute_of_chat();
  const Result read = read_result(result_json(result), "run.json");
  EXPECT_EQ(cost_of(read, three_nodes()).most_usd(), cost_of(result, three_nodes()).most_usd());
  EXPECT_EQ(cost_of(read, three_nodes()).least_per_mtok(), cost_of(result, three_nodes()).least_per_mtok());
}

}  // namespace
}  // namespace wsdeep::load
