#include "base/sleep.h"

#include <condition_variable>
#include <mutex>

namespace wsdeep {

void sleep_for(std::chrono::nanoseconds duration, const std::stop_token& cancel) {
  std::mutex mutex;
  std::condition_variable_any cancelled;
  std::unique_lock lock(mutex);
  cancelled.wait_for(lock, cancel, duration, [] { return false; });
}

}  // namespace wsdeep
