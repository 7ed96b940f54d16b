#include "load/watch/self_report.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <span>

#include "load/measure/window.h"

namespace wsdeep::load {
namespace {

/// CLOCK_REALTIME is slewed by NTP, by 500 ppm at most; two clocks are not read at the same instant.
constexpr Micros kSmallestStep = 1'000;

template <typename Sample>
std::span<const Sample> samples_in(const std::vector<Sample>& all, Micros Sample::*time, Micros from, Micros to) {
  const auto before = [time](const Sample& sample, Micros at) { return sample.*time < at; };
  const auto begin = std::lower_bound(all.begin(), all.end(), from, before);
  const auto end = std::lower_bound(begin, all.end(), to, before);
  return {begin, end};
}

using SelfSamples = std::span<const SelfSample>;

double share_between(const SelfSample& a, const SelfSample& b, std::int64_t SelfSample::*used, double of) {
  const Micros time = b.at - a.at;
  return time <= 0 ? 0 : static_cast<double>(b.*used - a.*used) / (static_cast<double>(time) * of);
}

/// The worst stretch between two samples that are a second apart, or as far as there are any.
WorstSecond worst_second(SelfSamples samples, std::int64_t SelfSample::*used, double of) {
  WorstSecond worst;
  std::size_t end = 0;
  for (std::size_t begin = 0; begin < samples.size(); ++begin) {
    while (end + 1 < samples.size() && samples[end].at - samples[begin].at < kOneSecond) ++end;
    const bool whole = samples[end].at - samples[begin].at >= kOneSecond;
    if (!whole && begin > 0) break;
    const double share = share_between(samples[begin], samples[end], used, of);
    if (share > worst.share) worst = {share, samples[begin].at};
  }
  return worst;
}

Micros largest_step(SelfSamples samples) {
  Micros largest = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const Micros step = samples[i].wall_offset - samples[i - 1].wall_offset;
    if (std::abs(step) >= kSmallestStep && std::abs(step) > std::abs(largest)) largest = step;
  }
  return largest;
}

void add_lags(SelfReport& report, const SelfLog& log) {
  for (const LagSample& late : samples_in(log.wake_lags, &LagSample::due, report.from, report.to)) {
    report.wake_lag.record(late.lag);
    if (late.lag > report.longest_stop) report.longest_stop = late.lag, report.longest_stop_at = late.due;
  }
  for (const LagSample& late : samples_in(log.loop_lags, &LagSample::due, report.from, report.to))
    report.loop_lag.record(late.lag);
}

void add_peaks(SelfReport& report, const SelfLog& log, SelfSamples samples) {
  report.cpu = share_between(samples.front(), samples.back(), &SelfSample::cpu, log.cores);
  report.cpu_peak = worst_second(samples, &SelfSample::cpu, log.cores);
  report.throttled_peak = worst_second(samples, &SelfSample::throttled, 1);
  report.stolen_peak = worst_second(samples, &SelfSample::stolen, log.machine_cores);
  for (const SelfSample& sample : samples) {
    const double share = static_cast<double>(sample.busiest_thread) / static_cast<double>(kOneSecond);
    if (share > report.thread_peak.share) report.thread_peak = {share, sample.at - kOneSecond};
    report.memory = std::max(report.memory, sample.memory);
    report.descriptors = std::max(report.descriptors, sample.next_descriptor);
  }
}

}  // namespace

SelfReport self_report_on(const SelfLog& log, Micros from, Micros to) {
  SelfReport report;
  report.from = from;
  report.to = to;
  report.cores = log.cores;
  report.by_quota = log.by_quota;
  report.descriptor_limit = log.descriptor_limit;
  add_lags(report, log);
  const SelfSamples samples = samples_in(log.samples, &SelfSample::at, from, to);
  if (samples.empty()) return report;
  add_peaks(report, log, samples);
  report.suspended = samples.back().suspended - samples.front().suspended;
  report.major_faults = samples.back().major_faults - samples.front().major_faults;
  report.clock_step = largest_step(samples);
  return report;
}

}  // namespace wsdeep::load
