#pragma once

#include <chrono>
#include <stop_token>

namespace wsdeep {

/// Waits so long. Returns at once when `cancel` is requested, from any thread.
void sleep_for(std::chrono::nanoseconds duration, const std::stop_token& cancel);

}  // namespace wsdeep
