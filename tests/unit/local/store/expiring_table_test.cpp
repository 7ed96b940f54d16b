#include "local/store/expiring_table.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/manual_clock.h"

namespace wsdeep::local {
namespace {

TEST(ExpiringTable, ForgetsWhatIsTooOld) {
  testing::ManualClock clock;
  ExpiringTable<int> table(clock, {std::chrono::minutes(5), 10, 32});
  const std::string key = table.add(7);
  EXPECT_EQ(key.size(), 43u);
  clock.advance(std::chrono::seconds(299));
  ASSERT_NE(table.find(key), nullptr);
  EXPECT_EQ(*table.find(key), 7);
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(table.find(key), nullptr);
}

TEST(ExpiringTable, DropsTheOldestWhenThereAreTooMany) {
  testing::ManualClock clock;
  ExpiringTable<int> table(clock, {std::chrono::minutes(5), 3, 32});
  std::vector<std::string> keys;
  for (int i = 0; i < 5; ++i) keys.push_back(table.add(i));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(table.find(keys[static_cast<std::size_t>(i)]) != nullptr, i >= 2) << i;
}

TEST(ExpiringTable, RemovesWhatIsDone) {
  testing::ManualClock clock;
  ExpiringTable<int> table(clock, {std::chrono::minutes(5), 3, 32});
  const std::string key = table.add(1);
  *table.find(key) = 2;
  EXPECT_EQ(*table.find(key), 2);
  table.remove(key);
  table.remove("unknown");
  EXPECT_EQ(table.find(key), nullptr);
}

}  // namespace
}  // namespace wsdeep::local
