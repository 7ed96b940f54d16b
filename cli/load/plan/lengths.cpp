#include "load/plan/lengths.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/printable.h"
#include "load/plan/draw.h"
#include "load/plan/words.h"

namespace wsdeep::load {
namespace {

/// `A` and `B` around `separator`.
std::optional<std::pair<double, double>> two_numbers(std::string_view text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) return std::nullopt;
  const auto a = number_in(text.substr(0, at));
  const auto b = number_in(text.substr(at + separator.size()));
  if (!a || !b) return std::nullopt;
  return std::pair(*a, *b);
}

bool is_whole(double number) {
  return number == std::floor(number);
}

}  // namespace

Lengths::Lengths(int length) : form_{.a = static_cast<double>(length)}, most_(length), text_(std::to_string(length)) {}

std::optional<Lengths::Form> Lengths::form_of(std::string_view text) {
  if (const auto range = two_numbers(text, ".."))
    if (is_whole(range->first) && is_whole(range->second) && range->first <= range->second)
      return Form{Kind::kUniform, range->first, range->second};
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto length = number_in(text);
    return length && is_whole(*length) ? std::optional(Form{Kind::kAlways, *length, 0}) : std::nullopt;
  }
  const std::string_view name = text.substr(0, colon);
  const std::string_view numbers = text.substr(colon + 1);
  if (const auto pair = two_numbers(numbers, ","); pair && (name == "normal" || name == "lognormal"))
    return Form{name == "normal" ? Kind::kNormal : Kind::kLogNormal, pair->first, pair->second};
  if (const auto mean = number_in(numbers); mean && name == "exp") return Form{Kind::kExponential, *mean, 0};
  return std::nullopt;
}

Lengths Lengths::parse(std::string_view text, std::string_view what, int most) {
  const auto form = form_of(text);
  if (!form || form->a < 1 || form->a > most || form->b < 0 || form->b > most)
    throw Error(ErrorKind::kUsage,
                fmt::format("{} must be from 1 to {}, or a distribution such as 100..300, normal:200,50, "
                            "lognormal:200,0.6 or exp:200, got '{}'",
                            what, most, printable(text)));
  Lengths lengths;
  lengths.form_ = *form;
  lengths.most_ = most;
  lengths.text_ = text;
  return lengths;
}

double Lengths::draw_real(LongDice& dice) const {
  switch (form_.kind) {
    case Kind::kAlways:
      return form_.a;
    case Kind::kUniform:
      return form_.a + std::floor(dice.unit() * (form_.b - form_.a + 1));
    case Kind::kNormal:
      return form_.a + form_.b * draw_normal(dice);
    case Kind::kLogNormal:
      return form_.a * std::exp(form_.b * draw_normal(dice));
    case Kind::kExponential:
      return form_.a * draw_exponential(dice);
  }
  return 1;
}

int Lengths::draw(LongDice& dice) const {
  return static_cast<int>(std::clamp(std::round(draw_real(dice)), 1.0, static_cast<double>(most_)));
}

}  // namespace wsdeep::load
