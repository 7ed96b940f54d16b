#pragma once

#include <cstdint>
#include <vector>

#include "load/measure/pacing.h"
#include "load/measure/summary.h"
#include "load/watch/self_report.h"
#include "load/watch/verdict.h"

namespace wsdeep::load {

/// What is known of a run beside its summary.
struct RunFacts {
  bool closed_loop = false;  ///< the target made the rate
  bool ended_early = false;  ///< by a signal, an abort rule or a fault: not all that was planned was begun
  Pacing pacing{};
  std::uint64_t told = 0;  ///< records of turns that came back
};

/// Whether the figures of `summary` may be believed. `self` is what was seen from the begin of the window to the end of
/// its last turn. Every sign of loadtest's manual is in the verdict, whether it broke or not; what nobody could see (a
/// loop that there is not) is left out.
Verdict judge(const RunFacts& run, const Summary& summary, const SelfReport& self);

/// The same of a run that many workers did, merged: without what each saw of itself.
Verdict judge_merged(const RunFacts& run, const Summary& summary);

/// Of a run that goes on: the signs that the tool sees in itself and that are broken so far. `recent` has the medians
/// that they are measured by.
std::vector<Signal> broken_so_far(const Summary& recent, const SelfReport& self);

/// How late the tool may be: 5 ms, or 1 % of the median that its figures are compared with (of TTFT, else of e2e, else
/// of upgrade).
Micros tolerance_of(const Slice& whole);

}  // namespace wsdeep::load
