#include "load/watch/sign.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace wsdeep::load {

void add_sign(Verdict& verdict, Sign sign) {
  if (sign.broken)
    verdict.reasons.push_back(fmt::format("INVALID: {}: {} is {}, limit {}: {}", sign.meaning, sign.name, sign.value,
                                          sign.limit, sign.advice));
  verdict.signals.push_back({std::move(sign.name), std::move(sign.value), std::move(sign.limit),
                             sign.broken ? std::move(sign.advice) : "", sign.broken});
}

std::string sign_ms(Micros us) {
  return fmt::format("{:.{}f} ms", static_cast<double>(us) / 1000, std::abs(us) < 10'000 ? 2 : 0);
}

std::string sign_percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string spread_advice() {
  return "lower the rate, use a machine with more cores to spare, or end what else runs on this one";
}

}  // namespace wsdeep::load
