#pragma once

#include <sys/types.h>

#include <map>

#include "base/files.h"
#include "load/turn/run_clock.h"
#include "load/watch/cpu_allowance.h"
#include "load/watch/self_report.h"

namespace wsdeep::load {

/// Reads from the kernel what a SelfSample holds. What costs more than a few system calls is read once a second, and
/// stands in the samples between as it was. For one thread.
class SelfProbe {
 public:
  explicit SelfProbe(const RunClock& clock);
  ~SelfProbe();
  SelfProbe(const SelfProbe&) = delete;
  SelfProbe& operator=(const SelfProbe&) = delete;

  /// A log without samples, with what does not change in a run.
  SelfLog empty_log() const;
  SelfSample look();

 private:
  void look_at_costly();
  void find_busiest_thread();

  const RunClock& clock_;
  DiskFiles files_;
  CpuAllowance allowance_;
  SelfSample sample_;
  Micros costly_at_;
  std::map<pid_t, Micros> threads_;  ///< CPU of each, at the last look
  int held_;                         ///< a descriptor to be doubled
};

/// Of /proc/stat: what the hypervisor has taken of all cores, in clock ticks; 0 where it does not say.
std::int64_t stolen_ticks(std::string_view proc_stat);

}  // namespace wsdeep::load
