#include "users/bulk_progress.h"

#include <gtest/gtest.h>

namespace wsdeep::users {
namespace {

std::string line(std::uint64_t done, std::uint64_t total, double seconds, std::size_t columns, double allowed = 0,
                 std::uint64_t failed = 0, std::uint64_t before = 0) {
  BulkProgress progress;
  progress.done = done;
  progress.failed = failed;
  progress.before = before;
  return progress_line(progress, total, seconds, allowed, columns);
}

TEST(BulkProgress, DrawsABarBesideTheNumbers) {
  EXPECT_EQ(line(1500, 3000, 2, 44), "[#####------] 50% 1500/3000 750/s 2.0s to go");
  EXPECT_EQ(line(1500, 3000, 2, 200), "[###############---------------] 50% 1500/3000 750/s 2.0s to go");
}

TEST(BulkProgress, LeavesTheBarOutWhereThereIsNoRoom) {
  EXPECT_EQ(line(1500, 3000, 2, 35), "50% 1500/3000 750/s 2.0s to go");
  EXPECT_EQ(line(1500, 3000, 2, 12), "50% 1500/30…");
}

TEST(BulkProgress, CountsWhatFailedAndWhatWasThereBefore) {
  EXPECT_EQ(line(100, 1000, 1, 74, 50, 100, 300),
            "50% 500/1000 100/s 5.0s to go, 100 failed (the pool allows 50 requests/s)");
}

TEST(BulkProgress, IsPlainTextToo) {
  EXPECT_EQ(line(1500, 3000, 2, 0, 30), "50% 1500/3000 750/s 2.0s to go (the pool allows 30 requests/s)");
}

TEST(BulkProgress, SaysNothingOfATimeThatIsOver) {
  EXPECT_EQ(line(3000, 3000, 2, 30), "[######] 100% 3000/3000 1500/s");
  EXPECT_EQ(line(0, 10, 0, 20), "[------] 0% 0/10 0/s");
}

}  // namespace
}  // namespace wsdeep::users
