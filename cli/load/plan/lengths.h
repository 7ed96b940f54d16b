#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/dice.h"

namespace wsdeep::load {

/// The most tokens that a prompt, or what is asked for, may have.
inline constexpr int kMaxTokens = 1'000'000;

/// A distribution of whole numbers from 1 on: how many tokens, or turns.
///
///   200                 always
///   100..300            each as likely as the others
///   normal:200,50       mean and deviation
///   lognormal:200,0.6   median, and deviation of the logarithm
///   exp:200             mean
class Lengths {
 public:
  /// Always `length`.
  explicit Lengths(int length = 1);
  /// Draws are rounded, and cut to 1 … `most`. Throws Error{kUsage} that names `what`.
  static Lengths parse(std::string_view text, std::string_view what, int most);

  int draw(LongDice& dice) const;
  /// As it was given.
  const std::string& text() const { return text_; }

 private:
  enum class Kind { kAlways, kUniform, kNormal, kLogNormal, kExponential };
  struct Form {
    Kind kind = Kind::kAlways;
    double a = 1;
    double b = 0;
  };
  static std::optional<Form> form_of(std::string_view text);
  double draw_real(LongDice& dice) const;

  Form form_;
  int most_;
  std::string text_;
};

}  // namespace wsdeep::load
