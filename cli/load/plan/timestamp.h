#pragma once

#include <optional>
#include <string_view>

#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// An instant of a trace, in µs since whatever its file counts from: `2023-11-16 18:15:46.6805900`, with any number of
/// digits and perhaps `Z` or `+00:00` behind it, or a number of seconds. Nothing for anything else.
std::optional<Micros> timestamp_in(std::string_view text);
/// The same number of units, each of `micros`; nothing when it is out of a trace's range.
std::optional<Micros> timestamp_of(double number, double micros);

}  // namespace wsdeep::load
