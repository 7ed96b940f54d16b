#include "chat/node_wait.h"

#include <fmt/format.h>

#include <algorithm>

namespace wsdeep::chat {
namespace {

constexpr std::chrono::minutes kLeast{1};

/// `a minute`, `about 7 minutes`
std::string minutes_text(std::chrono::milliseconds time) {
  const auto minutes = std::chrono::ceil<std::chrono::minutes>(time).count();
  return minutes <= 1 ? "a minute" : fmt::format("about {} minutes", minutes);
}

}  // namespace

std::chrono::milliseconds time_left(std::chrono::milliseconds node_start, SteadyTime::duration waited) {
  const auto left = node_start - std::chrono::floor<std::chrono::milliseconds>(waited);
  return std::max<std::chrono::milliseconds>(left, kLeast);
}

std::string waiting_text(std::chrono::milliseconds node_start, SteadyTime::duration waited,
                         SteadyTime::duration patience) {
  if (waited > node_start)
    return "The model was asleep and is starting; it takes longer than usual. The answer comes by itself.";
  const auto left = time_left(node_start, waited);
  const std::string starting = fmt::format("The model was asleep and is starting, which takes {}", minutes_text(left));
  if (left <= patience) return starting + ". The answer comes by itself.";
  return starting + ": longer than this question can wait. If no answer comes, ask again then.";
}

std::string gave_up_text(std::chrono::milliseconds left) {
  return fmt::format("The model was asleep and is still starting. Please ask again in {}.", minutes_text(left));
}

}  // namespace wsdeep::chat
