#include "base/clock.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"

namespace wsdeep {
namespace {

const SystemTime kMoment = from_epoch_ms(1'708'326'702'123);  // 2024-02-19T07:11:42.123Z, a Monday

TEST(TimeFormats, AreTheOnesThatAwsUses) {
  EXPECT_EQ(iso8601(kMoment), "2024-02-19T07:11:42Z");
  EXPECT_EQ(iso8601_ms(kMoment), "2024-02-19T07:11:42.123Z");
  EXPECT_EQ(basic_iso8601(kMoment), "20240219T071142Z");
  EXPECT_EQ(common_log_time(kMoment), "19/Feb/2024:07:11:42 +0000");
  EXPECT_EQ(cognito_timestamp(kMoment), "Mon Feb 19 07:11:42 UTC 2024");
  EXPECT_EQ(cognito_timestamp(kMoment - std::chrono::days(14)), "Mon Feb 5 07:11:42 UTC 2024");
}

TEST(ParseIso8601, ReadsWhatItWrites) {
  EXPECT_EQ(parse_iso8601(iso8601_ms(kMoment)), kMoment);
  EXPECT_EQ(parse_iso8601("2024-02-19T07:11:42+00:00"), from_epoch_ms(1'708'326'702'000));
}

TEST(ParseIso8601, RefusesWhatIsNotATime) {
  for (const char* bad :
       {"", "2024-02-30T00:00:00Z", "2024-02-19 07:11:42Z", "2024-02-19T25:11:42Z", "2024-02-19T07:11:42",
        "2024-02-19T07:11:42+02:00", "2262-01-01T00:00:00Z", "1677-12-31T23:59:59Z"})
    EXPECT_THROW(parse_iso8601(bad), Error) << bad;
}

TEST(FromEpochMs, StaysWithinWhatTheClockHolds) {
  EXPECT_EQ(iso8601(from_epoch_ms(std::numeric_limits<std::int64_t>::max())), "2262-04-11T23:47:16Z");
  EXPECT_EQ(iso8601(from_epoch_ms(std::numeric_limits<std::int64_t>::min())), "1677-09-21T00:12:43Z");
}

TEST(HumanDuration, PicksAUnit) {
  using namespace std::chrono_literals;
  EXPECT_EQ(human_duration(850ms), "850ms");
  EXPECT_EQ(human_duration(1200ms), "1.2s");
  EXPECT_EQ(human_duration(184s), "3m04s");
  EXPECT_EQ(human_duration(2h + 5min), "2h05m");
  EXPECT_EQ(human_duration(71h), "71h00m");
  EXPECT_EQ(human_duration(24h * 30), "30 days");
  EXPECT_EQ(human_duration(498689h), "56 years");
}

}  // namespace
}  // namespace wsdeep
