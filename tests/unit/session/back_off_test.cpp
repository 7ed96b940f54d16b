#include "session/back_off.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace wsdeep::session {
namespace {

using std::chrono::milliseconds;

TEST(BackOff, DoublesItsWindowUpToALimit) {
  BackOff back_off([] { return 1.0; });
  std::vector<milliseconds> waits;
  for (int i = 0; i < 6; ++i) waits.push_back(back_off.next());
  EXPECT_EQ(waits, (std::vector{milliseconds(4200), milliseconds(8200), milliseconds(16200), milliseconds(30200),
                                milliseconds(30200), milliseconds(30200)}));
}

TEST(BackOff, BeginsAnewAfterAConnectionThatWasOfUse) {
  BackOff back_off([] { return 1.0; });
  back_off.next();
  back_off.next();
  back_off.reset();
  EXPECT_EQ(back_off.next(), milliseconds(4200));
}

TEST(BackOff, NeverWaitsLessThanItsLeast) {
  BackOff back_off([] { return 0.0; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(back_off.next(), BackOff::kLeast);
}

TEST(BackOff, SpreadsAThousandClientsBelowWhatAGatewayTakes) {
  std::map<int, int> arrivals;  // in each tenth of a second
  for (int i = 0; i < 1000; ++i) ++arrivals[static_cast<int>(BackOff().next().count() / 100)];
  int most = 0;  // in any second
  for (int start = 0; start < 40; ++start) {
    int second = 0;
    for (int tenth = start; tenth < start + 10; ++tenth) second += arrivals[tenth];
    most = std::max(most, second);
  }
  EXPECT_LT(most, 350);
}

}  // namespace
}  // namespace wsdeep::session
