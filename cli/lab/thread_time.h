#pragma once

#include <chrono>
#include <ctime>

namespace wsdeep::lab {

/// What this thread has had of a processor so far: how long something took it, whatever others took in between.
inline std::chrono::nanoseconds thread_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace wsdeep::lab
