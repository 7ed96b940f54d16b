#pragma once

#include <chrono>
#include <ctime>

namespace wsdeep::test {

/// Takes so much of the processor: sleeping takes none.
inline void burn(std::chrono::nanoseconds time) {
  const auto taken = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
  };
  const auto end = taken() + time;
  while (taken() < end) {
  }
}

}  // namespace wsdeep::test
