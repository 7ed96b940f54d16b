#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace wsdeep {

using SystemTime = std::chrono::system_clock::time_point;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where time comes from, so that a test can say what time it is.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SystemTime now() const = 0;
  virtual SteadyTime steady_now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  SystemTime now() const override { return std::chrono::system_clock::now(); }
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

/// Milliseconds, and seconds, since 1970-01-01T00:00:00Z.
std::int64_t epoch_ms(SystemTime time);
std::int64_t epoch_seconds(SystemTime time);
/// What the clock cannot hold (before 1677, after 2262) is the nearest moment that it can.
SystemTime from_epoch_ms(std::int64_t ms);

/// `2024-02-19T07:11:42Z`
std::string iso8601(SystemTime time);
/// `2024-02-19T07:11:42.123Z`
std::string iso8601_ms(SystemTime time);
/// `20240219T071142Z`, the form SigV4 signs.
std::string basic_iso8601(SystemTime time);
/// `19/Feb/2024:07:11:42 +0000`, API Gateway's requestTime (Common Log Format).
std::string common_log_time(SystemTime time);
/// `Tue Feb 19 07:11:42 UTC 2024`, the TIMESTAMP of a Cognito SRP claim (day of month without padding).
std::string cognito_timestamp(SystemTime time);
/// Reads `2024-02-19T07:11:42[.fff](Z|+00:00)`; throws Error{kUsage} for anything else.
SystemTime parse_iso8601(std::string_view text);

/// `850ms`, `1.2s`, `3m04s`, `2h05m`: a duration for people.
std::string human_duration(std::chrono::nanoseconds duration);

}  // namespace wsdeep
