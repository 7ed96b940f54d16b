#include "load/measure/distribution.h"

#include <gtest/gtest.h>

namespace wsdeep::load {
namespace {

Distribution distribution_of(const std::vector<std::int64_t>& values, const std::vector<std::int64_t>& censored) {
  Distribution made;
  for (const std::int64_t value : values) made.values.record(value);
  for (const std::int64_t age : censored) made.censored.record(age);
  made.of = values.size() + censored.size();
  return made;
}

TEST(Distribution, SaysWhatIsSureAndOtherwiseMoreThanWhat) {
  struct Row {
    const char* what;
    std::vector<std::int64_t> values, censored;
    double share;
    std::optional<Quantile> expected;
  };
  const std::vector<Row> rows = {
      {"nothing was counted", {}, {}, 0.5, std::nullopt},
      {"nothing is unfinished", {10, 20, 30, 40}, {}, 0.5, Quantile{20, false}},
      {"the unfinished ones are older than the rank", {10, 20, 30}, {900}, 0.5, Quantile{20, false}},
      {"the rank falls among the unfinished ones", {10, 20, 30}, {900}, 0.99, Quantile{900, true}},
      // Of 5 and perhaps 10, 20, 30: the young one may have become anything, so the second is 10 at least, 20 at most.
      {"a young one lies below the rank", {10, 20, 30}, {5}, 0.5, Quantile{10, true}},
      {"and leaves the value alone where others are as large", {10, 20, 20, 20}, {5}, 0.6, Quantile{20, false}},
      {"all are unfinished", {}, {10, 20, 30, 40}, 0.5, Quantile{20, true}},
      {"a bound is not rounded up", {}, {3001}, 0.5, Quantile{3000, true}},
      {"a value is", {3000}, {}, 0.5, Quantile{3001, false}},
  };
  for (const Row& row : rows)
    EXPECT_EQ(distribution_of(row.values, row.censored).quantile(row.share), row.expected) << row.what;
}

TEST(Distribution, CannotBeMadeBetterByStoppingEarly) {
  // Ten turns of 100 … 1000 ms, all sent at 0. Whenever the run is stopped, no percentile may be said to lie below what
  // the whole run says, unless as "more than".
  const std::vector<std::int64_t> all = {100, 200, 300, 400, 500, 600, 700, 800, 900, 1000};
  for (std::int64_t stop = 50; stop <= 1050; stop += 100) {
    Distribution stopped;
    for (const std::int64_t time : all) (time <= stop ? stopped.values : stopped.censored).record(std::min(time, stop));
    for (const double share : {0.1, 0.5, 0.9, 0.99}) {
      const Quantile said = stopped.quantile(share).value();
      const Quantile whole = distribution_of(all, {}).quantile(share).value();
      EXPECT_TRUE(said == whole || (said.more_than && said.value < whole.value)) << stop << ' ' << share;
    }
  }
}

TEST(Distribution, AddsValuesBoundsAndAttempts) {
  Distribution sum = distribution_of({1}, {5});
  Distribution other = distribution_of({2, 3}, {});
  other.of = 9;
  sum.add(other);
  EXPECT_EQ(sum.values.count(), 3);
  EXPECT_EQ(sum.censored.count(), 1);
  EXPECT_EQ(sum.of, 11);
}

}  // namespace
}  // namespace wsdeep::load
