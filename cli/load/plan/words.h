#pragma once

#include <optional>
#include <string_view>

#include "load/plan/schedule.h"

/// The words in which a load is given. All throw Error{kUsage} that names `what` (a flag), quotes the words and says
/// what may stand there.
namespace wsdeep::load {

/// `text` as a finite decimal number, whole and without blanks; nothing for anything else.
std::optional<double> number_in(std::string_view text);

/// `5/s`, `300/m`, `100/h`, as arrivals a second: above 0, at most kMaxRate.
double parse_rate(std::string_view text, std::string_view what);
inline constexpr double kMaxRate = 1e6;

/// A rate of 0 too: for stages, which may pause.
double parse_stage_rate(std::string_view text, std::string_view what);

/// Longer than nothing.
Micros parse_span(std::string_view text, std::string_view what);

Arrivals parse_arrivals(std::string_view text, std::string_view what);

/// `5%@2s`: of the turns 5 % are given up, 2 s after their send.
struct Cancel {
  double share = 0;
  Micros after = 0;
};
Cancel parse_cancel(std::string_view text, std::string_view what);

}  // namespace wsdeep::load
