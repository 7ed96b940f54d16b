#include "load/limit/next_load.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace wsdeep::load {
namespace {

/// `10+` passed, `20-` failed, `15?` was undecided, `40!` was more than the tool can send.
std::vector<KnownLoad> known_of(const std::vector<std::pair<double, char>>& words) {
  std::vector<LimitPoint> points;
  for (const auto& [load, sign] : words) {
    LimitPoint& point = points.emplace_back();
    point.load = load;
    point.judged = sign == '+'   ? PointJudgement::kPassed
                   : sign == '-' ? PointJudgement::kFailed
                   : sign == '!' ? PointJudgement::kInvalid
                                 : PointJudgement::kUndecided;
  }
  return known_loads(points);
}

struct NextRow {
  std::string what;
  std::vector<std::pair<double, char>> tried;
  std::optional<double> next;
};

TEST(NextLoad, GoesUpDownAndBetween) {
  const SearchRange range{.least = 0.1, .cap = 100};
  for (const NextRow& row : std::vector<NextRow>{
           {"doubles while all passes", {{10, '+'}}, 20},
           {"doubles over what is undecided", {{10, '+'}, {20, '?'}}, 40},
           {"up to the cap", {{10, '+'}, {60, '+'}}, 100},
           {"and ends there", {{100, '+'}}, {}},
           {"halves while nothing passes", {{10, '-'}}, 5},
           {"and below what cannot be sent", {{10, '!'}}, 5},
           {"down to the least", {{0.15, '-'}}, 0.1},
           {"and ends there", {{0.1, '-'}}, {}},
           {"does not go up where the tool ended", {{10, '+'}, {20, '!'}}, {}},
           {"takes the middle in the logarithm", {{10, '+'}, {40, '-'}}, 20},
           {"narrows the lower gap beside what is undecided first", {{10, '+'}, {20, '?'}, {40, '-'}}, 14.14},
           {"then the upper one", {{19.5, '+'}, {20, '?'}, {40, '-'}}, 28.28},
           {"ends when both are narrow", {{19.5, '+'}, {20, '?'}, {20.5, '-'}}, {}},
           {"ends when the interval is narrow", {{20, '+'}, {21, '-'}}, {}},
           {"believes the later word of a load", {{10, '+'}, {20, '-'}, {10, '-'}}, 5},
           {"lets a failing load bound what passed above it", {{10, '+'}, {20, '-'}, {40, '+'}}, 14.14},
       }) {
    const std::optional<NextLoad> next = next_load(known_of(row.tried), range);
    EXPECT_EQ(next ? std::optional(next->load) : std::nullopt, row.next) << row.what;
  }
}

TEST(NextLoad, CountsWholeUsers) {
  const SearchRange range{.axis = LoadAxis::kUsers, .least = 1, .cap = 100};
  EXPECT_EQ(next_load(known_of({{3, '+'}, {5, '-'}}), range)->load, 4);
  EXPECT_FALSE(next_load(known_of({{3, '+'}, {4, '-'}}), range));
}

TEST(KnownLoads, HoldToARunThatCanBeBelieved) {
  EXPECT_EQ(known_of({{10, '+'}, {10, '!'}}).front().judged, PointJudgement::kPassed);
  EXPECT_EQ(known_of({{10, '!'}, {10, '-'}}).front().judged, PointJudgement::kFailed);
}

}  // namespace
}  // namespace wsdeep::load
