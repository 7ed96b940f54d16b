#include "base/duration.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "base/error.h"

namespace wsdeep {
namespace {

using namespace std::chrono_literals;

TEST(Duration, IsANumberAndItsUnit) {
  EXPECT_EQ(parse_duration("250us", "--think"), 250us);
  EXPECT_EQ(parse_duration("20ms", "--think"), 20ms);
  EXPECT_EQ(parse_duration("1.5s", "--think"), 1500ms);
  EXPECT_EQ(parse_duration("10m", "--think"), 10min);
  EXPECT_EQ(parse_duration("2h", "--think"), 2h);
  EXPECT_EQ(parse_milliseconds("1999us", "--think"), 1ms);
}

TEST(Duration, SaysWhatMayStandThere) {
  for (const char* text : {"", "5", "s", "5x", "-1s", "nan s", "nans", "infs", "1e30s", "400h s", "9999999h", " 5s"}) {
    try {
      parse_duration(text, "--think");
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()),
                "--think must be a duration such as 250us, 20ms, 1.5s, 10m or 2h, got '" + std::string(text) + "'");
    }
  }
}

}  // namespace
}  // namespace wsdeep
