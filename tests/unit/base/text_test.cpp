#include "base/text.h"

#include <gtest/gtest.h>

namespace wsdeep {
namespace {

TEST(ParseInteger, TakesWholeNumbersInRangeOnly) {
  EXPECT_EQ(parse_integer("42", 0, 100), 42);
  for (const char* bad : {"", " 42", "42 ", "4x", "101", "-1", "99999999999999999999"})
    EXPECT_FALSE(parse_integer(bad, 0, 100)) << bad;
}

}  // namespace
}  // namespace wsdeep
