#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/measure/histogram.h"
#include "load/turn/run_clock.h"

namespace wsdeep::load {

/// What the tool sees of itself at one instant. Times are in µs; those that only grow are counted from any zero.
struct SelfSample {
  Micros at = 0;
  std::int64_t wall_offset = 0;     ///< CLOCK_REALTIME − CLOCK_MONOTONIC: a change is a step of the wall clock
  std::int64_t suspended = 0;       ///< CLOCK_BOOTTIME − CLOCK_MONOTONIC: grows while the machine is suspended
  std::int64_t cpu = 0;             ///< that the process has used
  std::int64_t busiest_thread = 0;  ///< of the last second: CPU of the thread that used most
  std::int64_t throttled = 0;       ///< for which a quota held it
  std::int64_t stolen = 0;          ///< by the hypervisor, of all cores together
  std::int64_t major_faults = 0;    ///< pages that were read from a disk
  std::int64_t memory = 0;          ///< resident, in bytes
  int next_descriptor = 0;          ///< the number that the next one gets: it is the limit that stops it
};

/// How late a wake-up or an event loop's answer was, and when it was due.
struct LagSample {
  Micros due = 0;
  Micros lag = 0;
};

/// Everything that was seen, in order of time.
struct SelfLog {
  double cores = 1;       ///< that the process may use
  bool by_quota = false;  ///< a cgroup's quota says so
  int machine_cores = 1;
  std::optional<int> descriptor_limit{};
  std::vector<SelfSample> samples;
  std::vector<LagSample> wake_lags;
  std::vector<LagSample> loop_lags;  ///< of all loops; empty: there are none
};

/// Of the worst second, or as long as the window is.
struct WorstSecond {
  double share = 0;
  Micros at = 0;  ///< where it begins
};

/// What the tool saw of itself in a window of the run.
struct SelfReport {
  Micros from = 0, to = 0;
  double cores = 1;
  bool by_quota = false;
  double cpu = 0;              ///< share of `cores`, in the whole window
  WorstSecond cpu_peak;        ///< the same
  WorstSecond thread_peak;     ///< of one core, by one thread
  WorstSecond throttled_peak;  ///< of the time
  WorstSecond stolen_peak;     ///< of the machine's cores
  Histogram wake_lag;          ///< how late it woke: what the machine does to each of its threads
  Histogram loop_lag;          ///< how long a call that was posted to an event loop waited there
  Micros longest_stop = 0;     ///< between two of its wake-ups, beyond what was intended
  Micros longest_stop_at = 0;
  Micros suspended = 0;
  Micros clock_step = 0;  ///< the largest step of the wall clock, either way
  std::int64_t major_faults = 0;
  std::int64_t memory = 0;  ///< the most
  int descriptors = 0;      ///< the most
  std::optional<int> descriptor_limit{};
};

SelfReport self_report_on(const SelfLog& log, Micros from, Micros to);

}  // namespace wsdeep::load
