// Decimal arithmetic for DynamoDB numbers.
//
// A number is kept as sign, digits d1…dn and exponent e: 0.d1…dn × 10^e, with d1 and dn not zero, so that each value
// has one representation and equality is member by member. 1250 is "125" with e = 4, 0.05 is "5" with e = -1.
//
// Sums are exact: both operands are written over a common last place (at most 256 places apart plus 38 digits) and
// added or subtracted digit by digit, as on paper. A sum that needs more than 38 digits is refused, as every such
// number is.
//
// The ordered form, for keys that sort in SQLite by their bytes:
//   positive: C0, e + 129, pairs of digits as 1 + (0..99)    125 × 10^1 → C0 85 0D 33
//   zero:     80
//   negative: 40, then the same bytes complemented, then FF
// A shorter run of digits that is a prefix of a longer one is the smaller magnitude, which plain bytes give for
// positive numbers and the final FF for negative ones. The exponents -129..126 just fit a byte.

#include "local/dynamodb/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/ascii.h"
#include "local/api/fault.h"

namespace wsdeep::local {
namespace {

constexpr int kMaxDigits = 38;
constexpr long kMinExponent = -129;
constexpr long kMaxExponent = 126;

ApiFault not_a_number(std::string_view text) {
  if (text.empty()) return validation_fault("The parameter cannot be converted to a numeric value");
  return validation_fault(fmt::format("The parameter cannot be converted to a numeric value: {}", text.substr(0, 100)));
}

std::size_t digits_at(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
}

/// The exponent after `e`, saturated: whatever is out of an int's range is out of DynamoDB's too.
long parse_exponent(std::string_view text, std::string_view whole) {
  const bool negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || digits_at(text) != text.size()) throw not_a_number(whole);
  long value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || value > 1'000'000) value = 1'000'000;
  return negative ? -value : value;
}

}  // namespace

Decimal::Decimal(bool negative, std::string digits, long exponent) {
  const std::size_t first = digits.find_first_not_of('0');
  if (first == std::string::npos) return;
  digits.erase(0, first);
  exponent -= static_cast<long>(first);
  digits.erase(digits.find_last_not_of('0') + 1);
  if (exponent > kMaxExponent)
    throw validation_fault("Number overflow. Attempting to store a number with magnitude larger than supported range");
  if (exponent < kMinExponent)
    throw validation_fault(
        "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  if (digits.size() > kMaxDigits)
    throw validation_fault("Attempting to store more than 38 significant digits in a Number");
  negative_ = negative;
  digits_ = std::move(digits);
  exponent_ = static_cast<int>(exponent);
}

Decimal Decimal::parse(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const std::size_t whole = digits_at(rest);
  std::string digits(rest.substr(0, whole));
  rest.remove_prefix(whole);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t fraction = digits_at(rest);
    digits += rest.substr(0, fraction);
    rest.remove_prefix(fraction);
  }
  if (digits.empty()) throw not_a_number(text);
  long exponent = static_cast<long>(whole);
  if (!rest.empty()) {
    if (rest[0] != 'e' && rest[0] != 'E') throw not_a_number(text);
    exponent += parse_exponent(rest.substr(1), text);
  }
  return {negative, std::move(digits), exponent};
}

std::string Decimal::text() const {
  if (digits_.empty()) return "0";
  std::string out = negative_ ? "-" : "";
  const auto count = static_cast<int>(digits_.size());
  if (exponent_ <= 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent_), '0') + digits_;
  if (exponent_ >= count) return out + digits_ + std::string(static_cast<std::size_t>(exponent_ - count), '0');
  const auto point = static_cast<std::size_t>(exponent_);
  return out + digits_.substr(0, point) + "." + digits_.substr(point);
}

std::string Decimal::ordered_bytes() const {
  if (digits_.empty()) return "\x80";
  std::string bytes(1, '\xC0');
  bytes += static_cast<char>(exponent_ - kMinExponent);
  for (std::size_t i = 0; i < digits_.size(); i += 2) {
    const int units = i + 1 < digits_.size() ? digits_[i + 1] - '0' : 0;
    bytes += static_cast<char>(1 + (digits_[i] - '0') * 10 + units);
  }
  if (!negative_) return bytes;
  for (char& byte : bytes) byte = static_cast<char>(~byte);
  bytes[0] = '\x40';
  return bytes + '\xFF';
}

Decimal Decimal::operator-() const {
  Decimal out = *this;
  out.negative_ = !digits_.empty() && !negative_;
  return out;
}

std::strong_ordering Decimal::compare_magnitude(const Decimal& a, const Decimal& b) {
  if (a.digits_.empty() || b.digits_.empty()) return b.digits_.empty() <=> a.digits_.empty();
  if (a.exponent_ != b.exponent_) return a.exponent_ <=> b.exponent_;
  return a.digits_.compare(b.digits_) <=> 0;
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? std::strong_ordering::less : std::strong_ordering::greater;
  return a.negative_ ? Decimal::compare_magnitude(b, a) : Decimal::compare_magnitude(a, b);
}

Decimal operator+(const Decimal& a, const Decimal& b) {
  if (a.digits_.empty()) return b;
  if (b.digits_.empty()) return a;
  const bool a_is_larger = Decimal::compare_magnitude(a, b) > 0;
  const Decimal& large = a_is_larger ? a : b;
  const Decimal& small = a_is_larger ? b : a;
  // Both over the same places: from the larger exponent (one more for a carry) down to the lower last digit.
  const int top = large.exponent_ + 1;
  const int last = std::min(large.exponent_ - large.significant_digits(), small.exponent_ - small.significant_digits());
  const auto spread = [&](const Decimal& number) {
    std::string places(static_cast<std::size_t>(top - last), '\0');
    for (std::size_t i = 0; i < number.digits_.size(); ++i)
      places[static_cast<std::size_t>(top - number.exponent_) + i] = static_cast<char>(number.digits_[i] - '0');
    return places;
  };
  std::string sum = spread(large);
  const std::string other = spread(small);
  const int sign = large.negative_ == small.negative_ ? 1 : -1;
  int carry = 0;
  for (std::size_t i = sum.size(); i-- > 0;) {
    const int value = sum[i] + sign * other[i] + carry;
    carry = value > 9 ? 1 : value < 0 ? -1 : 0;
    sum[i] = static_cast<char>(value - 10 * carry + '0');
  }
  return {large.negative_, std::move(sum), top};
}

}  // namespace wsdeep::local
