#include "net/retry_after.h"

#include <gtest/gtest.h>

namespace wsdeep::net {
namespace {

using namespace std::chrono_literals;

TEST(RetryAfter, IsSecondsOrADate) {
  const SystemTime now = parse_iso8601("2026-11-29T12:00:00Z");
  const std::vector<std::pair<std::string, std::optional<std::chrono::milliseconds>>> cases = {
      {"3", 3s},
      {" 120 ", 120s},
      {"0", 0s},
      {"86400", 1h},
      {"99999999999999999999", std::nullopt},
      {"-1", std::nullopt},
      {"1.5", std::nullopt},
      {"soon", std::nullopt},
      {"", std::nullopt},
      {"Sun, 29 Nov 2026 12:00:30 GMT", 30s},
      {"Sunday, 29-Nov-26 12:00:30 GMT", 30s},
      {"Sun, 29 Nov 2026 11:59:00 GMT", 0s},
      {"Sun, 29 Nov 2036 12:00:00 GMT", 1h},
      {"Sun, 99 Nov 2026 12:00:00 GMT", std::nullopt},
      {"GMT", std::nullopt},
  };
  for (const auto& [value, expected] : cases) EXPECT_EQ(retry_after({{"Retry-After", value}}, now), expected) << value;
  EXPECT_EQ(retry_after({}, now), std::nullopt);
}

}  // namespace
}  // namespace wsdeep::net
