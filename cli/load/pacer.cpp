#include "load/pacer.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace wsdeep::load {
namespace {

int opened(int descriptor, const char* what) {
  if (descriptor < 0) throw Error(ErrorKind::kFailure, fmt::format("cannot make {}: {}", what, std::strerror(errno)));
  return descriptor;
}

/// Takes what was counted, so that the descriptor is quiet again.
bool take(int descriptor) {
  std::uint64_t count = 0;
  return ::read(descriptor, &count, sizeof count) == sizeof count;
}

}  // namespace

Pacer::Pacer(const RunClock& clock, Begin begin, std::stop_token stop)
    : clock_(clock),
      begin_(std::move(begin)),
      stop_(std::move(stop)),
      timer_(opened(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK), "a timer")) {
  call_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (call_ < 0) ::close(timer_);
  opened(call_, "an event");
  wake_at_stop_.emplace(stop_, [this] { wake(); });
}

Pacer::~Pacer() {
  wake_at_stop_.reset();
  ::close(call_);
  ::close(timer_);
}

bool Pacer::begin_at(const Arrival& arrival) {
  while (clock_.now() < arrival.intended)
    if (sleep_until(arrival.intended) == Woken::kByStop) return false;
  if (stop_.stop_requested()) return false;
  pacing_.late.record(std::max<Micros>(0, clock_.now() - arrival.intended));
  ++pacing_.begun;
  begin_(arrival);
  return true;
}

Pacer::Woken Pacer::sleep_until(Micros instant) {
  set_timer(instant);
  std::array<pollfd, 2> waiting{{{timer_, POLLIN, 0}, {call_, POLLIN, 0}}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0 && errno == EINTR) {
  }
  const bool called = take(call_);
  if (stop_.stop_requested()) return Woken::kByStop;
  return called ? Woken::kByCall : Woken::kByTime;
}

void Pacer::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t done = ::write(call_, &one, sizeof one);
}

/// steady_clock is CLOCK_MONOTONIC; an instant of 0 would disarm the timer, and one that is past ends the sleep at
/// once.
void Pacer::set_timer(Micros instant) const {
  const auto since_boot = clock_.time(instant).time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  itimerspec deadline{};
  deadline.it_value.tv_sec = seconds.count();
  deadline.it_value.tv_nsec = std::max<std::int64_t>(1, std::chrono::nanoseconds(since_boot - seconds).count());
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &deadline, nullptr);
}

}  // namespace wsdeep::load
