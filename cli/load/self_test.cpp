#include "load/self_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "load/drive/llm_driver.h"
#include "load/plan/plan.h"
#include "load/sim_node.h"

// The truth comes from the node: with each token it tells how long after the call's arrival it was generated. What the
// tool adds to that is its error: how late it sent, what gRPC and the kernel took, how late it read, how it folded what
// it read into figures. The truth's percentiles are taken here by sorting, not by the histogram that is under test.

namespace wsdeep::load {
namespace {

constexpr double kFirstRate = 100;
constexpr double kHighestRate = 3200;
constexpr double kShareOfCapacity = 0.7;
constexpr const char* kStepTime = "2s";
constexpr const char* kFinalTime = "4s";
constexpr double kTestShares[] = {0.5, 0.9, 0.99};

const std::vector<std::string>& node_settings() {
  static const std::vector<std::string> settings = {"ttft=100ms", "inter-token=10ms", "prefill=0ms",
                                                    "jitter=0.2", "tokens=20",        "slots=100000"};
  return settings;
}

/// What the node said of the turns of one run.
class NodeTruth {
 public:
  void add(const TurnRecord& record) {
    if (record.how != TurnEnd::kCompleted || record.token_offsets_us.empty()) return;
    const std::vector<std::uint32_t>& offsets = record.token_offsets_us;
    const std::lock_guard lock(mutex_);
    values_[Metric::kTtft].push_back(offsets.front());
    values_[Metric::kE2e].push_back(offsets.back());
    for (std::size_t i = 1; i < offsets.size(); ++i) values_[Metric::kItl].push_back(offsets[i] - offsets[i - 1]);
  }

  /// The value at rank ⌈share·n⌉; nothing when the node told of no turn.
  std::optional<Micros> quantile(Metric metric, double share) {
    const std::lock_guard lock(mutex_);
    std::vector<Micros>& values = values_[metric];
    if (values.empty()) return std::nullopt;
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size())));
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(values.begin(), at, values.end());
    return *at;
  }

 private:
  std::mutex mutex_;
  std::map<Metric, std::vector<Micros>> values_;
};

Result run_at(double rate, const char* duration, const std::string& url, const RunStops& stops, NodeTruth& truth) {
  PlanOptions flags;
  flags.rate = fmt::format("{:g}/s", rate);
  flags.duration = duration;
  flags.prompt_tokens = "20";
  RunPlan plan;
  plan.kind = "llm";
  plan.target = url;
  plan.load = make_plan(flags, DiskFiles());
  plan.warm_up = 0;
  plan.on_record = [&truth](const TurnRecord& record) { truth.add(record); };
  const MakeDriver make_driver = [&](const RunPlan&, const RunClock& clock, RecordSink& sink) {
    LlmDriverOptions options;
    options.targets.emplace_back().url = url;
    return std::make_unique<LlmDriver>(std::move(options), *plan.load.prompts, clock, sink);
  };
  Result result = run_load(plan, make_driver, stops, [](const Progress&) {});
  if (result.ended_by == EndedBy::kInterrupt) throw Error(ErrorKind::kInterrupted, "self-test interrupted");
  if (result.ended_by == EndedBy::kFault) throw Error(ErrorKind::kFailure, "self-test failed: " + result.ended_why);
  return result;
}

void find_capacity(const SelfTestOptions& options, const std::string& url, SelfTest& test) {
  for (double rate = kFirstRate; rate <= kHighestRate; rate *= 2) {
    if (options.on_step) options.on_step(fmt::format("{:g}/s", rate));
    NodeTruth unused;
    test.tried = rate;
    if (run_at(rate, kStepTime, url, options.stops, unused).verdict.validity == Validity::kInvalid) return;
    test.capacity = rate;
  }
}

void compare(const Slice& measured, NodeTruth& truth, SelfTest& test) {
  for (const Metric metric : {Metric::kTtft, Metric::kItl, Metric::kE2e})
    for (const double share : kTestShares) {
      const auto said = measured.of(metric).quantile(share);
      const auto was = truth.quantile(metric, share);
      if (said && was) test.errors.push_back({metric, share, *was, said->value});
    }
}

std::string figure_name(const MeasuredError& error) {
  return fmt::format("{} p{:g}", facts_of(error.metric).name, error.share * 100);
}

std::string self_test_ms(Micros us) {
  return fmt::format("{:.2f} ms", static_cast<double>(us) / 1000);
}

}  // namespace

Micros MeasuredError::limit() const {
  return std::max<Micros>(1000, truth / 100);
}

bool MeasuredError::holds() const {
  return std::abs(error()) <= limit();
}

bool SelfTest::passed() const {
  return verdict.validity != Validity::kInvalid && errors.size() == 3 * std::size(kTestShares) &&
         std::all_of(errors.begin(), errors.end(), [](const MeasuredError& error) { return error.holds(); });
}

SelfTest run_self_test(const SelfTestOptions& options) {
  const SimNode node(options.program, options.env, node_settings());
  SelfTest test;
  find_capacity(options, node.url(), test);
  test.rate = std::max(test.capacity, kFirstRate) * kShareOfCapacity;
  if (options.on_step) options.on_step(fmt::format("{:g}/s, measured", test.rate));
  NodeTruth truth;
  const Result result = run_at(test.rate, kFinalTime, node.url(), options.stops, truth);
  test.turns = result.summary.whole.tally.attempts;
  test.verdict = result.verdict;
  compare(result.summary.whole, truth, test);
  return test;
}

std::string describe(const SelfTest& test) {
  std::string text = fmt::format("self-test: {}\n\n", test.passed() ? "passed" : "FAILED");
  for (const std::string& reason : test.verdict.reasons) text += reason + "\n";
  text += fmt::format("{:<10}{:>12}{:>12}{:>12}{:>12}\n", "", "truth", "measured", "error", "allowed");
  for (const MeasuredError& error : test.errors)
    text += fmt::format("{:<10}{:>12}{:>12}{:>12}{:>12}{}\n", figure_name(error), self_test_ms(error.truth),
                        self_test_ms(error.measured), self_test_ms(error.error()), self_test_ms(error.limit()),
                        error.holds() ? "" : "  beyond");
  text +=
      fmt::format("\n{} turns of 20 tokens at {:g}/s, from the intended instant; the truth is the node's own stamps\n",
                  test.turns, test.rate);
  if (test.capacity == 0)
    text +=
        fmt::format("capacity: less than {:g} turns/s: this machine has no room for the tool and a node\n", test.tried);
  else
    text += fmt::format("capacity: {}{:g} turns/s, with the node on the same machine\n",
                        test.capacity == test.tried ? "at least " : "", test.capacity);
  return text;
}

}  // namespace wsdeep::load
