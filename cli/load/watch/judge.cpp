#include "load/watch/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "load/watch/self_signs.h"
#include "load/watch/sign.h"

// A run is VALID when no more than one turn in a hundred was sent, and no more than one text in a hundred read, later
// than a tolerance: 5 ms, or 1 % of the median that the figures are compared with. What that admits, and the reasons
// for the other limits, are in LOADTEST.md; here they only stand.

namespace wsdeep::load {
namespace {

constexpr Micros kLeastTolerance = 5'000;
constexpr double kTolerance = 0.01;
/// Later than that is no scheduling; the tool stood still.
constexpr Micros kLatest = 100'000;
constexpr double kRateError = 0.01;
constexpr std::string_view kNotSent = "not sent";

class Judging {
 public:
  /// `self` may be null: it is told elsewhere.
  Judging(const RunFacts& run, const Summary& summary, const SelfReport* self)
      : run_(run), summary_(summary), self_(self), tolerance_(tolerance_of(summary.whole)) {}

  Verdict verdict();

 private:
  void lag(std::string_view what, const Histogram& late, bool judged);
  void lags();
  void rate();
  void not_sent();
  void records();
  void little();
  void missing_data();
  void decide();

  std::uint64_t not_sent_count() const;
  double unreachable() const;
  bool every_table_adds_up() const;

  const RunFacts& run_;
  const Summary& summary_;
  const SelfReport* self_;
  const Micros tolerance_;
  Verdict verdict_;
};

Verdict Judging::verdict() {
  lags();
  rate();
  not_sent();
  records();
  little();
  if (self_ != nullptr) add_self_signs(verdict_, *self_, tolerance_);
  missing_data();
  decide();
  return std::move(verdict_);
}

void Judging::lag(std::string_view what, const Histogram& late, bool judged) {
  if (late.empty()) return;
  const Micros p99 = late.quantile(kLagShare);
  const Micros most = std::max(kLatest, 10 * tolerance_);
  const std::string unjudged = judged ? "" : " (not judged: turns opened connections)";
  add_sign(verdict_, {fmt::format("{}_p99", what), sign_ms(p99), sign_ms(tolerance_) + unjudged,
                      judged && p99 > tolerance_, "turns were sent late", spread_advice()});
  add_sign(verdict_, {fmt::format("{}_max", what), sign_ms(late.max()), sign_ms(most) + unjudged,
                      judged && late.max() > most, "a turn was sent very late", spread_advice()});
}

/// The headline figures begin at the intended instant: what is sent late makes them as much larger. A turn that had to
/// open a connection first waited for the target before its send, not for this tool.
void Judging::lags() {
  lag("pacing", run_.pacing.late, true);
  lag("send_lag", summary_.whole.of(Metric::kSendLag).values, summary_.whole.of(Metric::kUpgrade).counted() == 0);
}

/// Turns of the window that were begun and had nowhere to go: their connection could not be opened.
double Judging::unreachable() const {
  const Slice& whole = summary_.whole;
  std::uint64_t placed = whole.of(Metric::kSendLag).values.count();
  for (const auto& [reason, times] : whole.tally.reasons)
    if (reason.starts_with(kNotSent)) placed += times;
  return whole.tally.attempts > placed ? static_cast<double>(whole.tally.attempts - placed) : 0;
}

/// A turn on either edge of the window may be sent on its other side. What the target did not let in is the target's.
void Judging::rate() {
  const Slice& whole = summary_.whole;
  if (run_.closed_loop || whole.intended_rate <= 0 || whole.to <= whole.from) return;
  const double seconds = static_cast<double>(whole.to - whole.from) / 1e6;
  const double allowed = std::max(kRateError, 2 / (whole.intended_rate * seconds));
  const double error = (whole.sent_rate + unreachable() / seconds) / whole.intended_rate - 1;
  add_sign(verdict_, {"rate_error", fmt::format("{:+.1f} %", error * 100), sign_percent(allowed),
                      std::abs(error) > allowed, "the rate was not kept", spread_advice()});
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
    add_sign(verdict_, {"begun", fmt::format("{} of {}", pacing.begun, pacing.planned), "all of them",
                        pacing.begun != pacing.planned, "the schedule was not finished", spread_advice()});
  const std::uint64_t count = not_sent_count();
  add_sign(verdict_,
           {"not_sent", fmt::format("{}", count), "0", count > 0, "turns were due and not sent",
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
  add_sign(verdict_, {"records", fmt::format("{} of {}", run_.told, run_.pacing.begun), "all of them",
                      run_.told != run_.pacing.begun, "records were lost, or came twice", report});
  add_sign(verdict_, {"table", fmt::format("{} of {}", counted, run_.told), "all of them",
                      counted != run_.told || !every_table_adds_up(), "the table of attempts does not add up", report});
}

void Judging::little() {
  const LittleCheck& little = summary_.little;
  if (little.in_flight <= 0) return;
  add_sign(verdict_, {"little", sign_percent(little.residual), sign_percent(little.allowance), !little.holds(),
                      "turns in flight do not agree with rate × time",
                      "turns were lost or counted twice: report it, with --records"});
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
  return Judging(run, summary, &self).verdict();
}

Verdict judge_merged(const RunFacts& run, const Summary& summary) {
  return Judging(run, summary, nullptr).verdict();
}

std::vector<Signal> broken_so_far(const Summary& recent, const SelfReport& self) {
  Verdict verdict;
  add_self_signs(verdict, self, tolerance_of(recent.whole));
  std::erase_if(verdict.signals, [](const Signal& signal) { return !signal.broken; });
  return std::move(verdict.signals);
}

}  // namespace wsdeep::load
