#include "session/turn_view.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace wsdeep::session {

double TurnStats::tokens_per_second() const {
  const double seconds = std::chrono::duration<double>(duration - ttft).count();
  const std::int64_t tokens = usage ? usage->completion_tokens : 0;
  return tokens > 1 && seconds > 0.001 ? static_cast<double>(tokens - 1) / seconds : 0;
}

std::string describe(const TurnStats& stats) {
  std::string text = "TTFT " + human_duration(stats.ttft);
  if (stats.usage) text += fmt::format(" · {} tokens", stats.usage->completion_tokens);
  if (stats.tokens_per_second() > 0) text += fmt::format(" · {:.1f} tokens/s", stats.tokens_per_second());
  return text + " · " + human_duration(stats.duration);
}

}  // namespace wsdeep::session
