#include "llm/client/second_try.h"

#include "base/random.h"

namespace wsdeep::llm {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongestPause{3000};
constexpr double kSpread = 0.25;

}  // namespace

std::optional<milliseconds> second_try_in(const LlmOutcome& outcome, bool had_cookie, milliseconds left) {
  if (outcome.fault != LlmFault::kOverloaded && outcome.fault != LlmFault::kUnavailable) return std::nullopt;
  if (left <= milliseconds(0)) return std::nullopt;
  if (had_cookie || outcome.broke == LlmBreak::kLost) return milliseconds(0);
  if (!outcome.retry_after || *outcome.retry_after > kLongestPause) return std::nullopt;
  const std::chrono::duration<double, std::milli> pause = *outcome.retry_after * (1 + kSpread * random_unit());
  const auto in = std::chrono::ceil<milliseconds>(pause);
  return in < left ? std::optional(in) : std::nullopt;
}

bool hands_over(const LlmOutcome& outcome) {
  return outcome.fault == LlmFault::kUnavailable && outcome.draining;
}

}  // namespace wsdeep::llm
