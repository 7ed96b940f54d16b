#include "load/shard/clock_error.h"

#include <sys/timex.h>

#include <cerrno>
#include <cstring>

namespace wsdeep::load {

ClockError clock_error_of(int state, int status, long most_us) {
  if (state == TIME_ERROR || (status & STA_UNSYNC) != 0)
    return {.known_by = "nothing keeps this machine's clock in step"};
  return {.most = Micros{most_us}, .known_by = "kernel"};
}

ClockError clock_error() {
  timex kernel{};  // modes 0: it is only read, for which nobody needs a right
  const int state = ::adjtimex(&kernel);
  if (state < 0) return {.known_by = std::strerror(errno)};
  return clock_error_of(state, kernel.status, kernel.maxerror);
}

}  // namespace wsdeep::load
