#include "load/watch/self_watch.h"

#include <pthread.h>
#include <sys/prctl.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "load/watch/self_probe.h"

namespace wsdeep::load {
namespace {

constexpr Micros kTick = 20'000;
constexpr int kTicksPerSample = 5;
/// The kernel may deliver a thread's time-outs late by this much (50 µs by default) to save wake-ups.
constexpr unsigned long kWatchSlackNs = 1000;

/// A call that is posted to an event loop again and again: the next one when the one before has run.
struct LoopProbe {
  explicit LoopProbe(SelfWatch::Post to) : post(std::move(to)) {}

  SelfWatch::Post post;
  std::atomic<Micros> asked = kNever;
  std::atomic<Micros> answered = kNever;  ///< kNever while it waits
};

/// By no lock or condition: whoever reads what was seen so far is not to make this late.
void sleep_until(SteadyTime instant) {
  const auto since = instant.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  const timespec deadline{static_cast<time_t>(seconds.count()), static_cast<long>((since - seconds).count())};
  while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nullptr) == EINTR) {
  }
}

void ask_loop(const std::shared_ptr<LoopProbe>& probe, const RunClock& clock, Micros now) {
  probe->answered = kNever;
  probe->asked = now;
  // The loop may outlive the watch, and its clock: the call looks at its own.
  probe->post([probe, clock] { probe->answered = clock.now(); });
}

}  // namespace

struct SelfWatch::Impl {
  explicit Impl(const RunClock& of)
      : clock(of), probe(of), log(probe.empty_log()), thread([this](const std::stop_token& stop) { run(stop); }) {}

  void run(const std::stop_token& stop);
  void note_wake_up(const LagSample& late);
  void sample();
  void ask_loops(Micros now);

  const RunClock& clock;
  SelfProbe probe;
  mutable std::mutex mutex;  ///< over what follows
  SelfLog log;
  std::vector<std::shared_ptr<LoopProbe>> loops;
  std::jthread thread;  ///< the last: it uses all of the others
};

void SelfWatch::Impl::run(const std::stop_token& stop) {
  ::prctl(PR_SET_TIMERSLACK, kWatchSlackNs);
  ::pthread_setname_np(::pthread_self(), "self-watch");
  Micros due = clock.now();
  for (int tick = 0; !stop.stop_requested(); tick = (tick + 1) % kTicksPerSample, due += kTick) {
    sleep_until(clock.time(due));
    const Micros late = std::max(clock.now() - due, Micros{0});
    note_wake_up({due, late});
    if (tick == 0 && late < kTick * kTicksPerSample) sample();
  }
}

void SelfWatch::Impl::note_wake_up(const LagSample& late) {
  const std::lock_guard lock(mutex);
  log.wake_lags.push_back(late);
}

void SelfWatch::Impl::sample() {
  const SelfSample seen = probe.look();
  const std::lock_guard lock(mutex);
  log.samples.push_back(seen);
  ask_loops(seen.at);
}

/// A loop that has not answered yet counts with the age of its question, and is not asked again: a lower bound, to
/// which each further sample adds one, as it would be for calls that come at this rate.
void SelfWatch::Impl::ask_loops(Micros now) {
  for (const std::shared_ptr<LoopProbe>& loop : loops) {
    const Micros asked = loop->asked;
    const Micros answered = loop->answered;
    if (asked != kNever) log.loop_lags.push_back({now, (answered == kNever ? now : answered) - asked});
    if (asked == kNever || answered != kNever) ask_loop(loop, clock, now);
  }
}

SelfWatch::SelfWatch(const RunClock& clock) : impl_(std::make_unique<Impl>(clock)) {}

SelfWatch::~SelfWatch() = default;

void SelfWatch::watch_loop(Post post) {
  const std::lock_guard lock(impl_->mutex);
  impl_->loops.push_back(std::make_shared<LoopProbe>(std::move(post)));
}

void SelfWatch::stop() {
  impl_->thread.request_stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

SelfReport SelfWatch::report(Micros from, Micros to) const {
  const std::lock_guard lock(impl_->mutex);
  return self_report_on(impl_->log, from, to);
}

}  // namespace wsdeep::load
