#include "load/watch/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

// A run is VALID when what this tool did itself can have changed no percentile up to p99 by more than a tolerance: 5
// ms, or 1 % of the median that the figures are compared with. The limits that follow from it, and those that do not,
// are reasoned in LOADTEST.md; here they only stand.

namespace wsdeep::load {
namespace {

constexpr Micros kLeastTolerance = 5'000;
constexpr Micros kLongestSuspension = 1'000;
constexpr double kTolerance = 0.01;
/// Less than that is the machine's own scheduling; more is a stop.
constexpr Micros kLongestStop = 100'000;
constexpr double kMostCpu = 0.8;
constexpr double kMostThreadCpu = 0.9;
constexpr double kMostStolen = 0.1;
constexpr double kMostThrottled = 0.02;
constexpr double kRateError = 0.01;
constexpr double kLagShare = 0.99;
constexpr std::string_view kNotSent = "not sent";

struct Sign {
  std::string name;
  std::string value, limit;
  bool broken = false;
  std::string meaning{};  ///< of a broken one: what went wrong
  std::string advice{};
};

std::string in_ms(Micros us) {
  return fmt::format("{:.{}f} ms", static_cast<double>(us) / 1000, std::abs(us) < 10'000 ? 2 : 0);
}

std::string in_percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string peak_of(const WorstSecond& worst, Micros from) {
  if (worst.share == 0) return in_percent(0);
  return fmt::format("{} at {:.1f} s", in_percent(worst.share), static_cast<double>(worst.at - from) / 1e6);
}

constexpr std::string_view kSpread =
    "lower the rate, use a machine with more cores to spare, or end what else runs on this one";

class Judging {
 public:
  Judging(const RunFacts& run, const Summary& summary, const SelfReport& self)
      : run_(run), summary_(summary), self_(self), tolerance_(tolerance_of(summary.whole)) {}

  Verdict verdict();
  std::vector<Signal> broken_in_itself();

 private:
  void note(Sign sign);
  void lag(std::string_view what, const Histogram& late, bool judged);
  void lags();
  void rate();
  void not_sent();
  void records();
  void little();
  void cpu();
  void scheduling();
  void interruptions();
  void descriptors();
  void wall_clock();
  void missing_data();
  void decide();

  std::uint64_t not_sent_count() const;
  bool every_table_adds_up() const;

  const RunFacts& run_;
  const Summary& summary_;
  const SelfReport& self_;
  const Micros tolerance_;
  Verdict verdict_;
};

Verdict Judging::verdict() {
  lags();
  rate();
  not_sent();
  records();
  little();
  cpu();
  scheduling();
  interruptions();
  descriptors();
  wall_clock();
  missing_data();
  decide();
  return std::move(verdict_);
}

std::vector<Signal> Judging::broken_in_itself() {
  cpu();
  scheduling();
  interruptions();
  descriptors();
  std::erase_if(verdict_.signals, [](const Signal& signal) { return !signal.broken; });
  return std::move(verdict_.signals);
}

void Judging::note(Sign sign) {
  if (sign.broken)
    verdict_.reasons.push_back(fmt::format("INVALID: {}: {} is {}, limit {}: {}", sign.meaning, sign.name, sign.value,
                                           sign.limit, sign.advice));
  verdict_.signals.push_back({std::move(sign.name), std::move(sign.value), std::move(sign.limit),
                              sign.broken ? std::move(sign.advice) : "", sign.broken});
}

void Judging::lag(std::string_view what, const Histogram& late, bool judged) {
  if (late.empty()) return;
  const Micros p99 = late.quantile(kLagShare);
  const Micros most = std::max(kLongestStop, 10 * tolerance_);
  const std::string unjudged = judged ? "" : " (not judged: turns opened connections)";
  note({fmt::format("{}_p99", what), in_ms(p99), in_ms(tolerance_) + unjudged, judged && p99 > tolerance_,
        "turns were sent late", std::string(kSpread)});
  note({fmt::format("{}_max", what), in_ms(late.max()), in_ms(most) + unjudged, judged && late.max() > most,
        "a turn was sent very late", std::string(kSpread)});
}

/// The headline figures begin at the intended instant: what is sent late makes them as much larger. A turn that had to
/// open a connection first waited for the target before its send, not for this tool.
void Judging::lags() {
  lag("pacing", run_.pacing.late, true);
  lag("send_lag", summary_.whole.of(Metric::kSendLag).values, summary_.whole.of(Metric::kUpgrade).counted() == 0);
}

/// A turn on either edge of the window may be sent on its other side.
void Judging::rate() {
  const Slice& whole = summary_.whole;
  if (run_.closed_loop || whole.intended_rate <= 0 || whole.to <= whole.from) return;
  const double seconds = static_cast<double>(whole.to - whole.from) / 1e6;
  const double allowed = std::max(kRateError, 2 / (whole.intended_rate * seconds));
  const double error = whole.sent_rate / whole.intended_rate - 1;
  note({"rate_error", fmt::format("{:+.1f} %", error * 100), in_percent(allowed), std::abs(error) > allowed,
        "the rate was not kept", std::string(kSpread)});
}

std::uint64_t Judging::not_sent_count() const {
  std::uint64_t count = 0;
  for (const Tally* tally : {&summary_.whole.tally, &summary_.outside})
    for (const auto& [reason, times] : tally->reasons)
      if (reason.starts_with(kNotSent)) count += times;
  return count;
}

void Judging::not_sent() {
  const Pacing& pacing = run_.pacing;
  if (!run_.ended_early)
    note({"begun", fmt::format("{} of {}", pacing.begun, pacing.planned), "all of them", pacing.begun != pacing.planned,
          "the schedule was not finished", std::string(kSpread)});
  const std::uint64_t count = not_sent_count();
  note({"not_sent", fmt::format("{}", count), "0", count > 0, "turns were due and not sent",
        "the reasons in the table of attempts say what was missing; raise --max-sessions, or lower the rate"});
}

bool Judging::every_table_adds_up() const {
  const auto whole = [](const Slice& slice) { return slice.tally.adds_up(); };
  return whole(summary_.whole) && summary_.outside.adds_up() &&
         std::all_of(summary_.stages.begin(), summary_.stages.end(), whole) &&
         std::all_of(summary_.nodes.begin(), summary_.nodes.end(), whole);
}

/// Every arrival comes back as one record, and every record is in one row of the table.
void Judging::records() {
  const std::uint64_t counted = summary_.whole.tally.attempts + summary_.outside.attempts;
  const std::string report = "this is a fault of wsdeep: please report it, with its --records";
  const std::uint64_t due = run_.pacing.begun * static_cast<std::uint64_t>(run_.planes);
  note({"records", fmt::format("{} of {}", run_.told, due), "all of them", run_.told != due,
        "records were lost, or came twice", report});
  note({"table", fmt::format("{} of {}", counted, run_.told), "all of them",
        counted != run_.told || !every_table_adds_up(), "the table of attempts does not add up", report});
}

void Judging::little() {
  const LittleCheck& little = summary_.little;
  if (little.in_flight <= 0) return;
  note({"little", in_percent(little.residual), in_percent(little.allowance), !little.holds(),
        "turns in flight do not agree with rate × time",
        "turns were lost or counted twice: report it, with --records"});
}

void Judging::cpu() {
  const std::string cores = fmt::format("{:.3g} cores{}", self_.cores, self_.by_quota ? " by a quota" : "");
  note({"cpu", peak_of(self_.cpu_peak, self_.from), fmt::format("{} of {}", in_percent(kMostCpu), cores),
        self_.cpu_peak.share > kMostCpu, "this tool had too little CPU in some second", std::string(kSpread)});
  note({"thread_cpu", peak_of(self_.thread_peak, self_.from), fmt::format("{} of a core", in_percent(kMostThreadCpu)),
        self_.thread_peak.share > kMostThreadCpu, "one thread of this tool was at its limit",
        "lower the rate, or share it among several processes"});
  note({"throttled", peak_of(self_.throttled_peak, self_.from), in_percent(kMostThrottled),
        self_.throttled_peak.share > kMostThrottled, "a CPU quota stopped this tool",
        "raise the quota of its container or unit (docker run --cpus, CPUQuota=)"});
  note({"stolen", peak_of(self_.stolen_peak, self_.from), in_percent(kMostStolen),
        self_.stolen_peak.share > kMostStolen, "the hypervisor gave this machine's CPU to others",
        "use an instance that is not burstable or shared"});
}

/// What wakes late stamps late. The watch and the calls that it posts to the loops are late as everything else is.
void Judging::scheduling() {
  for (const auto& [name, lags, meaning] :
       {std::tuple{"wake_lag_p99", &self_.wake_lag, "this machine woke threads late"},
        std::tuple{"loop_lag_p99", &self_.loop_lag, "an event loop was late with what it had to read"}}) {
    if (lags->empty()) continue;
    const Micros p99 = lags->quantile(kLagShare);
    note({name, in_ms(p99), in_ms(tolerance_), p99 > tolerance_, meaning, std::string(kSpread)});
  }
}

void Judging::interruptions() {
  note({"stopped", in_ms(self_.longest_stop), in_ms(kLongestStop), self_.longest_stop > kLongestStop,
        fmt::format("this tool stood still at {:.1f} s", static_cast<double>(self_.longest_stop_at - self_.from) / 1e6),
        "run it again, without stopping it or moving its machine"});
  note({"suspended", in_ms(self_.suspended), in_ms(kLongestSuspension), self_.suspended > kLongestSuspension,
        "the machine was suspended", "run it again, on a machine that stays awake"});
}

void Judging::descriptors() {
  if (!self_.descriptor_limit) return;
  note({"descriptors", fmt::format("{}", self_.descriptors), fmt::format("{}", *self_.descriptor_limit),
        self_.descriptors >= *self_.descriptor_limit, "this tool ran out of file descriptors",
        "raise their limit (ulimit -n) and run it again"});
}

/// Nothing that is measured uses the wall clock.
void Judging::wall_clock() {
  note({"clock_step", self_.clock_step == 0 ? "none" : in_ms(self_.clock_step), "any: no figure uses the wall clock"});
}

void Judging::missing_data() {
  const auto say = [&](const std::string& what) { verdict_.reasons.push_back("INCONCLUSIVE: " + what); };
  if (summary_.whole.tally.attempts == 0) say("no turn was intended in the window: make it longer");
  if (!summary_.warm_up.steady)
    say("no steady state was found, the first half of the run differs from the second: run longer, at a rate that the "
        "target can keep up with, or say --warm-up");
  for (const LevelResult& level : summary_.levels)
    if (level.judgement == Judgement::kUndecided)
      say(fmt::format("{} ({}): {}", level.level.text, level.where,
                      level.why.empty() ? "not enough was measured" : level.why));
}

void Judging::decide() {
  std::vector<Signal>& signals = verdict_.signals;
  std::stable_partition(signals.begin(), signals.end(), [](const Signal& signal) { return signal.broken; });
  if (!signals.empty() && signals.front().broken)
    verdict_.validity = Validity::kInvalid;
  else if (!verdict_.reasons.empty())
    verdict_.validity = Validity::kInconclusive;
}

}  // namespace

Micros tolerance_of(const Slice& whole) {
  for (const Metric metric : {Metric::kTtft, Metric::kE2e, Metric::kUpgrade})
    if (const auto median = whole.of(metric).quantile(0.5))
      return std::max(kLeastTolerance,
                      static_cast<Micros>(std::llround(static_cast<double>(median->value) * kTolerance)));
  return kLeastTolerance;
}

Verdict judge(const RunFacts& run, const Summary& summary, const SelfReport& self) {
  return Judging(run, summary, self).verdict();
}

std::vector<Signal> broken_so_far(const Summary& recent, const SelfReport& self) {
  return Judging({}, recent, self).broken_in_itself();
}

}  // namespace wsdeep::load
