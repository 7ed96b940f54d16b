#include "load/watch/self_signs.h"

#include <fmt/format.h>

#include <cstdint>
#include <tuple>

#include "base/display.h"
#include "load/watch/sign.h"

namespace wsdeep::load {
namespace {

/// Less than that is the machine's own scheduling; more is a stop.
constexpr Micros kLongestStop = 100'000;
constexpr Micros kLongestSuspension = 1'000;
constexpr double kMostCpu = 0.8;
constexpr double kMostThreadCpu = 0.9;
constexpr double kMostStolen = 0.1;
constexpr double kMostThrottled = 0.02;

std::string peak_of(const WorstSecond& worst, Micros from) {
  if (worst.share == 0) return sign_percent(0);
  return fmt::format("{} at {:.1f} s", sign_percent(worst.share), static_cast<double>(worst.at - from) / 1e6);
}

void add_cpu_signs(Verdict& verdict, const SelfReport& self) {
  const std::string cores = fmt::format("{:.3g} cores{}", self.cores, self.by_quota ? " by a quota" : "");
  add_sign(verdict, {"cpu", fmt::format("{}, {}", sign_percent(self.cpu), peak_of(self.cpu_peak, self.from)),
                     fmt::format("{} of {}", sign_percent(kMostCpu), cores), self.cpu_peak.share > kMostCpu,
                     "this tool had too little CPU in some second", spread_advice()});
  add_sign(verdict,
           {"thread_cpu", peak_of(self.thread_peak, self.from),
            fmt::format("{} of a core", sign_percent(kMostThreadCpu)), self.thread_peak.share > kMostThreadCpu,
            "one thread of this tool was at its limit", "lower the rate, or share it among several processes"});
  add_sign(verdict, {"throttled", peak_of(self.throttled_peak, self.from), sign_percent(kMostThrottled),
                     self.throttled_peak.share > kMostThrottled, "a CPU quota stopped this tool",
                     "raise the quota of its container or unit (docker run --cpus, CPUQuota=)"});
  add_sign(verdict, {"stolen", peak_of(self.stolen_peak, self.from), sign_percent(kMostStolen),
                     self.stolen_peak.share > kMostStolen, "the hypervisor gave this machine's CPU to others",
                     "use an instance that is not burstable or shared"});
}

/// What wakes late stamps late. The watch and the calls that it posts to the loops are late as everything else is.
void add_lag_signs(Verdict& verdict, const SelfReport& self, Micros tolerance) {
  for (const auto& [name, lags, meaning] :
       {std::tuple{"wake_lag_p99", &self.wake_lag, "this machine woke threads late"},
        std::tuple{"loop_lag_p99", &self.loop_lag, "an event loop was late with what it had to read"}}) {
    if (lags->empty()) continue;
    const Micros p99 = lags->quantile(kLagShare);
    add_sign(verdict, {name, sign_ms(p99), sign_ms(tolerance), p99 > tolerance, meaning, spread_advice()});
  }
}

void add_stop_signs(Verdict& verdict, const SelfReport& self) {
  add_sign(verdict, {"stopped", sign_ms(self.longest_stop), sign_ms(kLongestStop), self.longest_stop > kLongestStop,
                     fmt::format("this tool stood still at {:.1f} s",
                                 static_cast<double>(self.longest_stop_at - self.from) / 1e6),
                     "run it again, without stopping it or moving its machine"});
  add_sign(verdict,
           {"suspended", sign_ms(self.suspended), sign_ms(kLongestSuspension), self.suspended > kLongestSuspension,
            "the machine was suspended", "run it again, on a machine that stays awake"});
}

/// Memory and pages are only told: what they cost shows as lags.
void add_resource_signs(Verdict& verdict, const SelfReport& self) {
  add_sign(verdict, {"memory", human_bytes(static_cast<std::uint64_t>(self.memory)), "any"});
  add_sign(verdict, {"major_faults", fmt::format("{}", self.major_faults), "any"});
  if (!self.descriptor_limit) return;
  add_sign(verdict, {"descriptors", fmt::format("{}", self.descriptors), fmt::format("{}", *self.descriptor_limit),
                     self.descriptors >= *self.descriptor_limit, "this tool ran out of file descriptors",
                     "raise their limit (ulimit -n) and run it again"});
}

/// Nothing that is measured uses the wall clock.
void add_clock_sign(Verdict& verdict, const SelfReport& self) {
  add_sign(verdict, {"clock_step", self.clock_step == 0 ? "none" : sign_ms(self.clock_step),
                     "any: no figure uses the wall clock"});
}

}  // namespace

void add_self_signs(Verdict& verdict, const SelfReport& self, Micros tolerance) {
  add_cpu_signs(verdict, self);
  add_lag_signs(verdict, self, tolerance);
  add_stop_signs(verdict, self);
  add_resource_signs(verdict, self);
  add_clock_sign(verdict, self);
}

}  // namespace wsdeep::load
