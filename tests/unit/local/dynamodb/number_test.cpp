#include "local/dynamodb/number.h"

#include <gtest/gtest.h>

#include <random>

#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

std::string canonical(std::string_view text) {
  try {
    return Decimal::parse(text).text();
  } catch (const ApiFault& fault) {
    return fault.what();
  }
}

TEST(Decimal, WritesNumbersInPlainNotation) {
  EXPECT_EQ(canonical("0"), "0");
  EXPECT_EQ(canonical("-0.000"), "0");
  EXPECT_EQ(canonical("+1"), "1");
  EXPECT_EQ(canonical("001.500"), "1.5");
  EXPECT_EQ(canonical("-12.5e3"), "-12500");
  EXPECT_EQ(canonical("1E-3"), "0.001");
  EXPECT_EQ(canonical(".5"), "0.5");
  EXPECT_EQ(canonical("5."), "5");
  EXPECT_EQ(canonical("12345678901234567890123456789012345678"), "12345678901234567890123456789012345678");
  EXPECT_EQ(canonical("1e125"), "1" + std::string(125, '0'));
  EXPECT_EQ(canonical("0e999999999999999999999"), "0");
}

TEST(Decimal, RefusesWhatDynamoDbRefuses) {
  const std::string kOverflow =
      "Number overflow. Attempting to store a number with magnitude larger than supported range";
  const std::string kUnderflow =
      "Number underflow. Attempting to store a number with magnitude smaller than supported range";
  EXPECT_EQ(canonical("1e126"), kOverflow);
  EXPECT_EQ(canonical("-1e99999999999999999999999"), kOverflow);
  EXPECT_EQ(canonical("1e-130").substr(0, 4), "0.00");
  EXPECT_EQ(canonical("1e-131"), kUnderflow);
  EXPECT_EQ(canonical("123456789012345678901234567890123456789"),
            "Attempting to store more than 38 significant digits in a Number");
  EXPECT_EQ(canonical(""), "The parameter cannot be converted to a numeric value");
  for (const char* text : {"abc", "1x", "--1", "1e", "1e+", ".", "-", " 1", "1 ", "0x10", "NaN", "Infinity", "1.2.3"})
    EXPECT_EQ(canonical(text), std::string("The parameter cannot be converted to a numeric value: ") + text);
}

std::string sum(const char* a, const char* b) {
  return (Decimal::parse(a) + Decimal::parse(b)).text();
}

TEST(Decimal, AddsExactly) {
  EXPECT_EQ(sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(sum("999", "1"), "1000");
  EXPECT_EQ(sum("-5", "5"), "0");
  EXPECT_EQ(sum("5", "-7.25"), "-2.25");
  EXPECT_EQ(sum("-1", "-99"), "-100");
  EXPECT_EQ(sum("1000", "-0.001"), "999.999");
  EXPECT_EQ(sum("0", "-3"), "-3");
  EXPECT_EQ(sum("9999999999999999999999999999999999999", "1"), "10000000000000000000000000000000000000");
  EXPECT_EQ((Decimal::parse("3") - Decimal::parse("5")).text(), "-2");
}

TEST(Decimal, RefusesASumThatNeedsMoreThan38Digits) {
  EXPECT_THROW(sum("1e30", "1e-30"), ApiFault);
}

TEST(Decimal, AgreesWithMachineIntegers) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto a = static_cast<std::int64_t>(random() >> (random() % 60 + 2)) * (random() % 2 == 0 ? 1 : -1);
    const auto b = static_cast<std::int64_t>(random() >> (random() % 60 + 2)) * (random() % 2 == 0 ? 1 : -1);
    const Decimal x = Decimal::parse(std::to_string(a)), y = Decimal::parse(std::to_string(b));
    ASSERT_EQ((x + y).text(), std::to_string(a + b));
    ASSERT_EQ((x - y).text(), std::to_string(a - b));
    ASSERT_EQ(x < y, a < b) << a << " " << b;
    ASSERT_EQ(x == y, a == b);
  }
}

TEST(Decimal, OrdersBytesAsItOrdersNumbers) {
  const char* const kAscending[] = {"-9.9e125", "-1e30", "-100", "-99.5", "-99",     "-12",    "-1.25",
                                    "-1.2",     "-1",    "-0.5", "-1e-9", "-1e-130", "0",      "1e-130",
                                    "1e-9",     "0.5",   "1",    "1.2",   "1.25",    "2",      "10",
                                    "12",       "99",    "99.5", "100",   "1e30",    "9.9e125"};
  for (std::size_t i = 1; i < std::size(kAscending); ++i) {
    const Decimal lower = Decimal::parse(kAscending[i - 1]), upper = Decimal::parse(kAscending[i]);
    EXPECT_LT(lower, upper) << kAscending[i];
    EXPECT_LT(lower.ordered_bytes(), upper.ordered_bytes()) << kAscending[i];
  }
}

TEST(Decimal, OrdersRandomBytesAsItOrdersNumbers) {
  std::mt19937_64 random(11);
  const auto any = [&] {
    std::string text = random() % 2 == 0 ? "-" : "";
    text += std::to_string(random() >> (random() % 64));
    return Decimal::parse(text + "e" + std::to_string(static_cast<int>(random() % 60) - 40));
  };
  for (int i = 0; i < 5000; ++i) {
    const Decimal a = any(), b = any();
    ASSERT_EQ(a < b, a.ordered_bytes() < b.ordered_bytes()) << a.text() << " " << b.text();
    ASSERT_EQ(a == b, a.ordered_bytes() == b.ordered_bytes());
  }
}

}  // namespace
}  // namespace wsdeep::local
