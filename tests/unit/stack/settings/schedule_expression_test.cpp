#include "stack/settings/schedule_expression.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace wsdeep::stack {
namespace {

constexpr ScheduleDialect kRule = ScheduleDialect::kRule;
constexpr ScheduleDialect kScheduler = ScheduleDialect::kScheduler;

TEST(ScheduleProblem, IsNoneOfTheDocumentedExamples) {
  for (const char* text :
       {"cron(0 10 * * ? *)", "cron(15 12 * * ? *)", "cron(0 18 ? * MON-FRI *)", "cron(0 8 1 * ? *)",
        "cron(0/10 * ? * MON-FRI *)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 9 ? * 2#1 *)", "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)", "cron(0 0 3W * ? *)", "cron(15 10 ? * 6L 2022-2023)", "cron(0 12 ? JAN,JUL fri#2 2026)",
        "cron(0 22-2 ? * FRI-MON *)", "rate(1 minute)", "rate(5 minutes)", "rate(1 hour)", "rate(7 days)"})
    for (const ScheduleDialect dialect : {kRule, kScheduler}) EXPECT_EQ(schedule_problem(text, dialect), "") << text;
  EXPECT_EQ(schedule_problem("at(2026-11-20T13:00:00)", kScheduler), "");
  EXPECT_EQ(schedule_problem("rate(1 minutes)", kScheduler), "");
}

TEST(ScheduleProblem, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"cron(0 12 * * ?)",
       "cron() has six fields (minute, hour, day of the month, month, day of the week, year), and here are 5"},
      {"cron(0 12 * * * *)", "one of day of the month and day of the week must be ?, and here they are * and *"},
      {"cron(0 12 ? * ? *)", "one of day of the month and day of the week must be ?, and here they are ? and ?"},
      {"cron(60 12 * * ? *)", "'60' is no minute: 0 to 59"},
      {"cron(0 24 * * ? *)", "'24' is no hour: 0 to 23"},
      {"cron(0 8-24 * * ? *)", "'24' is no hour: 0 to 23"},
      {"cron(0 12 32 * ? *)", "'32' is no day of the month: 1 to 31"},
      {"cron(0 12 * JANUARY ? *)", "'JANUARY' is no month: 1 to 12, or JAN to DEC"},
      {"cron(0 12 ? * 0 *)", "'0' is no day of the week: 1 to 7, or SUN to SAT"},
      {"cron(0 12 * * ? 1969)", "'1969' is no year: 1970 to 2199"},
      {"cron(? 12 * * ? *)", "'?' is no minute: 0 to 59"},
      {"cron(*/x 12 * * ? *)", "'x' is no increment of the minute: a whole number from 1"},
      {"cron(1,,2 12 * * ? *)", "'' is no minute: 0 to 59"},
      {"rate(0 minutes)", "rate() takes a whole number from 1 and minutes, hours or days"},
      {"rate(5 weeks)", "rate() takes a whole number from 1 and minutes, hours or days"},
      {"rate(5)", "rate() takes a whole number from 1 and minutes, hours or days"},
      {"rate(1 minutes)", "rate(1 minutes) is written rate(1 minute)"},
      {"rate(5 minute)", "rate(5 minute) is written rate(5 minutes)"},
      {"at(2026-11-20T13:00:00)", "a schedule is cron(...) or rate(...)"},
      {"0 12 * * ? *", "a schedule is cron(...) or rate(...)"},
      {"cron(0 12 * * ? *", "a schedule is cron(...) or rate(...)"},
      {"", "a schedule is cron(...) or rate(...)"},
  };
  for (const auto& [text, problem] : cases) EXPECT_EQ(schedule_problem(text, kRule), problem) << text;
  EXPECT_EQ(schedule_problem("at(tomorrow)", kScheduler),
            "at() takes a time such as 2026-11-20T13:00:00, got 'tomorrow'");
  EXPECT_EQ(schedule_problem("daily", kScheduler), "a schedule is cron(...), rate(...) or at(...)");
}

TEST(UnixCronProblem, SaysWhatIsWrong) {
  EXPECT_EQ(unix_cron_problem("0 7 * * MON-FRI"), "");
  EXPECT_EQ(unix_cron_problem("*/15 0-23/2 1,15 jan-JUN 7"), "");
  EXPECT_EQ(unix_cron_problem("0 7 * *"),
            "this cron has five fields (minute, hour, day of the month, month, day of the week), and here are 4");
  EXPECT_EQ(
      unix_cron_problem("cron(0 7 ? * MON *)"),
      "this cron has five fields (minute, hour, day of the month, month, day of the week), and is written without "
      "cron()");
  EXPECT_EQ(unix_cron_problem("0 7 * * 8"), "'8' is no day of the week: 0 to 7, or SUN to SAT");
  EXPECT_EQ(unix_cron_problem("0 7 ? * 1"), "'?' is no day of the month: 1 to 31");
}

TEST(TimeZoneProblem, LooksAtTheForm) {
  EXPECT_EQ(time_zone_problem("Europe/Berlin"), "");
  EXPECT_EQ(time_zone_problem("Zulu"), "");
  EXPECT_EQ(time_zone_problem("PST"), "'PST' is no IANA time zone, such as UTC or Europe/Berlin");
}

TEST(IsKnownTimeZone, AsksTheDatabaseOfTheMachine) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "zones";
  std::filesystem::create_directories(folder / "Europe");
  EXPECT_EQ(is_known_time_zone("Europe/Berlin", (folder / "none").string()), std::nullopt);
  std::ofstream(folder / "UTC") << "TZif";
  std::ofstream(folder / "Europe" / "Berlin") << "TZif";
  EXPECT_EQ(is_known_time_zone("Europe/Berlin", folder.string()), true);
  EXPECT_EQ(is_known_time_zone("Europe/Berln", folder.string()), false);
  EXPECT_EQ(is_known_time_zone("Europe", folder.string()), false);
}

}  // namespace
}  // namespace wsdeep::stack
