#pragma once

#include <string>

#include "load/turn/run_clock.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// A sign as it is judged: told in the verdict whether it broke or not.
struct Sign {
  std::string name;
  std::string value, limit;
  bool broken = false;
  std::string meaning{};  ///< of a broken one: what went wrong
  std::string advice{};   ///< and what to do
};

/// Lags are judged at this share: one in a hundred may be later.
inline constexpr double kLagShare = 0.99;

/// Adds it, and when it is broken the reason that a person reads.
void add_sign(Verdict& verdict, Sign sign);

/// `0.31 ms`, `312 ms`
std::string sign_ms(Micros us);
/// `12.5 %`
std::string sign_percent(double share);
/// What helps when this machine was too slow.
std::string spread_advice();

}  // namespace wsdeep::load
