#include "session/turn_view.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace wsdeep::session {

double TurnStats::tokens_per_second() const {
  const double seconds = std::chrono::duration<double>(duration - ttft).count();
  const std::int64_t tokens = usage ? usage->completion_tokens : 0;
  return tokens > 1 && seconds > 0.001 ? static_cast<double>(tokens - 1) / seconds : 0;
}

std::string describe(const Usage& usage) {
  std::string text = fmt::format("{} tokens", usage.completion_tokens);
  if (usage.reasoning_tokens.value_or(0) > 0) text += fmt::format(" ({} reasoning)", *usage.reasoning_tokens);
  if (usage.cached_prompt_tokens.value_or(0) > 0)
    text += fmt::format(" · {} of {} prompt tokens cached", *usage.cached_prompt_tokens, usage.prompt_tokens);
  return text;
}

std::string describe(const TurnStats& stats) {
  std::string text = "TTFT " + human_duration(stats.ttft);
  if (stats.usage) text += " · " + describe(*stats.usage);
  if (stats.tokens_per_second() > 0) text += fmt::format(" · {:.1f} tokens/s", stats.tokens_per_second());
  return text + " · " + human_duration(stats.duration);
}

}  // namespace wsdeep::session
