#include "commands/loadtest/search_words.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace wsdeep::commands {
namespace {

using load::LoadAxis;

TEST(SweepLoads, AreAListOrARangeWithEqualFactors) {
  EXPECT_EQ(sweep_loads("2/s..32/s:5", LoadAxis::kRate), (std::vector<double>{2, 4, 8, 16, 32}));
  EXPECT_EQ(sweep_loads("60/m,2/s,5.5/s", LoadAxis::kRate), (std::vector<double>{1, 2, 5.5}));
  EXPECT_EQ(sweep_loads("10..160:3", LoadAxis::kUsers), (std::vector<double>{10, 40, 160}));
  EXPECT_EQ(sweep_loads("7", LoadAxis::kUsers), (std::vector<double>{7}));
}

TEST(SweepLoads, SayWhatIsWrong) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"2/s..32/s", "--sweep '2/s..32/s': how many loads is missing"},
      {"2/s..32/s:1", "--sweep '2/s..32/s:1': expected from 2 to 100 loads"},
      {"2/s..32/s:x", "--sweep '2/s..32/s:x': expected from 2 to 100 loads"},
      {"2/s..1/s:3", "--sweep '2/s..1/s:3': the last load is not above the first"},
  };
  for (const auto& [words, said] : table) {
    try {
      sweep_loads(words, LoadAxis::kRate);
      ADD_FAILURE() << words;
    } catch (const Error& error) {
      EXPECT_EQ(error.what(), said);
    }
  }
  EXPECT_THROW(sweep_loads("2/s,", LoadAxis::kRate), Error);
  EXPECT_THROW(sweep_loads("2/s", LoadAxis::kUsers), Error);
  EXPECT_THROW(sweep_loads("0", LoadAxis::kUsers), Error);
}

TEST(SearchFlags, RefuseWhatASearchHasNoUseFor) {
  const SearchWords find{.find_limit = true, .sweep = {}};
  const SearchWords swept{.sweep = "1/s"};
  const auto refusal = [](const SearchWords& words, const load::PlanOptions& plan,
                          const std::vector<std::string>& levels, const load::OutputOptions& outputs) -> std::string {
    try {
      check_search_flags(words, plan, levels, outputs);
      return "";
    } catch (const Error& error) {
      return error.what();
    }
  };
  const std::vector<std::string> levels = {"ttft_p95<1s"};
  EXPECT_EQ(refusal(find, {}, levels, {}), "");
  EXPECT_EQ(refusal(find, {.rate = "5/s"}, levels, {}), "");
  EXPECT_EQ(refusal(swept, {}, {}, {}), "");
  EXPECT_EQ(refusal(find, {}, {}, {}), "--find-limit needs a level that has to hold");
  EXPECT_EQ(refusal(find, {.stages = "a"}, levels, {}), "--find-limit and --stages exclude each other");
  EXPECT_EQ(refusal(find, {.trace = "a"}, levels, {}), "--find-limit and --trace exclude each other");
  EXPECT_EQ(refusal(find, {.requests = 5}, levels, {}), "--find-limit and --requests exclude each other");
  EXPECT_EQ(refusal(find, {.blocks = 5}, levels, {}), "--find-limit and --blocks exclude each other");
  EXPECT_EQ(refusal(swept, {.rate = "5/s"}, {}, {}), "--sweep and --rate exclude each other");
  EXPECT_EQ(refusal(find, {}, levels, {.records = "r"}), "--find-limit and --records exclude each other");
  EXPECT_EQ(refusal(find, {}, levels, {.hdr = "r"}), "--find-limit and --hdr exclude each other");
  EXPECT_EQ(refusal(find, {}, levels, {.prometheus = "r"}), "--find-limit and --prometheus exclude each other");
}

}  // namespace
}  // namespace wsdeep::commands
