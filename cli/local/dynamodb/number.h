#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace wsdeep::local {

/// A DynamoDB number: exact, at most 38 significant digits, magnitude 1E-130 to 9.99…E+125, or zero.
/// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
/// Every failure is the ApiFault ValidationException in DynamoDB's words.
class Decimal {
 public:
  Decimal() = default;  ///< zero
  /// Reads `-12.5e3` and the like; blanks around it are refused.
  static Decimal parse(std::string_view text);

  /// Plain notation without exponent, superfluous zeros or a plus sign: the form that DynamoDB gives back.
  std::string text() const;
  /// Bytes whose lexicographic order is the numbers' order.
  std::string ordered_bytes() const;
  int significant_digits() const { return static_cast<int>(digits_.size()); }

  Decimal operator-() const;
  friend Decimal operator+(const Decimal& a, const Decimal& b);
  friend Decimal operator-(const Decimal& a, const Decimal& b) { return a + -b; }
  friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
  friend bool operator==(const Decimal& a, const Decimal& b) = default;

 private:
  Decimal(bool negative, std::string digits, long exponent);
  static std::strong_ordering compare_magnitude(const Decimal& a, const Decimal& b);

  bool negative_ = false;
  std::string digits_;  ///< '0'..'9', neither first nor last is '0'; empty for zero
  int exponent_ = 0;    ///< the value is 0.DIGITS × 10^exponent; 0 for zero
};

}  // namespace wsdeep::local
