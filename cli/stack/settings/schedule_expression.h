#pragma once

#include <optional>
#include <string>
#include <string_view>

/// When something recurs, as AWS writes it.
namespace wsdeep::stack {

/// Which of EventBridge's dialects a service reads.
enum class ScheduleDialect {
  kRule,       ///< AWS::Events::Rule and SAM's Schedule: cron(), and rate() with the grammatical number of its unit
  kScheduler,  ///< EventBridge Scheduler and Application Auto Scaling: cron(), rate() and at()
};

/// What is wrong with `cron(0 12 * * ? *)`, `rate(5 minutes)` or `at(2026-11-20T13:00:00)`; empty when nothing is.
/// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html
std::string schedule_problem(std::string_view expression, ScheduleDialect dialect);

/// The same for the five fields of Unix cron, which EC2 Auto Scaling takes: minute, hour, day of the month, month, day
/// of the week.
std::string unix_cron_problem(std::string_view expression);

/// What is wrong with the form of an IANA time zone name, such as Europe/Berlin; empty when nothing is.
std::string time_zone_problem(std::string_view name);

/// Whether this machine's time zone database (`folder`) has `name`; nothing without a database.
std::optional<bool> is_known_time_zone(const std::string& name, const std::string& folder = "/usr/share/zoneinfo");

}  // namespace wsdeep::stack
