#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "llm/node/refusal.h"
#include "llm/outcome.h"

/// What a node counts and measures. A token costs one reading of the clock and two atomic additions; nothing here takes
/// a lock for a token.
namespace wsdeep::llm {

/// Goes up only; from any thread.
class Count {
 public:
  void add(std::int64_t more = 1) { value_.fetch_add(more, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations in Prometheus's classic buckets, with vLLM's bounds, so that one query reads both. From any thread.
class Histogram {
 public:
  static constexpr std::size_t kMostBounds = 24;

  /// `bounds_us` rise, are at most kMostBounds, and outlive the histogram.
  explicit Histogram(std::span<const std::int64_t> bounds_us) : bounds_(bounds_us) {}
  void observe(std::int64_t us) { observe_all(us, 1); }
  /// `times` durations that took `total_us` together, as if each had taken its equal share.
  void observe_all(std::int64_t total_us, std::int64_t times);

  struct Reading {
    std::span<const std::int64_t> bounds_us;
    std::vector<std::int64_t> counts;  ///< of each bucket alone; the last one is of what is above all bounds
    std::int64_t sum_us = 0;
  };
  Reading read() const;

 private:
  const std::span<const std::int64_t> bounds_;
  std::array<std::atomic<std::int64_t>, kMostBounds + 1> counts_{};
  std::atomic<std::int64_t> sum_us_{0};
};

/// The last durations, at most 1,024 of them, for quantiles of the last minute. From any thread.
class RecentTimes {
 public:
  static constexpr std::chrono::seconds kWindow{60};

  void add(std::int64_t us, SteadyTime now);
  /// The `share` quantile (nearest rank) of what was added within the window before `now`; nothing: nothing was.
  std::optional<std::int64_t> quantile(double share, SteadyTime now) const;

 private:
  struct Sample {
    SteadyTime time;
    std::int64_t us;
  };
  mutable std::mutex mutex_;
  std::vector<Sample> samples_;
  std::size_t next_ = 0;  ///< the oldest, once there are as many as there may be
};

/// Each call is counted once when it arrives and once at its end: requests = completions + cancellations + refusals +
/// errors + those that wait and run.
struct NodeMetrics {
  NodeMetrics();

  Count requests;
  Count stopped, cut_at_length, otherwise_finished;  ///< completions, by finish reason
  Count cancelled_by_client, past_deadline;
  Count handed_over;                      ///< ended by the node's drain, for another one to go on with
  std::array<Count, kRefusals> refusals;  ///< by Refusal
  std::array<Count, 17> errors;           ///< by gRPC's code
  Count prompt_tokens;                    ///< of completions whose usage is known
  Count generated_tokens;                 ///< those of calls that were cancelled included
  Count cached_prompt_tokens;
  std::atomic<bool> knows_cached = false;  ///< the engine has told once what its prefix cache saved
  Histogram time_to_first_token, inter_token_latency, queue_time, request_time;
  RecentTimes recent_first_tokens;

  std::int64_t completed() const { return stopped.value() + cut_at_length.value() + otherwise_finished.value(); }
  std::int64_t cancelled() const { return cancelled_by_client.value() + past_deadline.value() + handed_over.value(); }
  /// Errors and refusals.
  std::int64_t failed() const;
};

/// What one call adds. One thread at a time.
class CallMeter {
 public:
  explicit CallMeter(NodeMetrics& metrics) : metrics_(metrics) {}

  void arrived(SteadyTime now);
  /// The engine has it now, after so long a wait.
  void started(std::chrono::microseconds waited);
  bool has_started() const { return started_; }
  std::int64_t tokens() const { return tokens_; }
  /// A piece of the answer, of so many tokens, came from the engine.
  void produced(int tokens, SteadyTime now);

  /// One of these at the end.
  void refused(Refusal why) { metrics_.refusals.at(static_cast<std::size_t>(why)).add(); }
  void completed(const LlmResult& result, SteadyTime now);
  void cancelled(bool by_deadline) { (by_deadline ? metrics_.past_deadline : metrics_.cancelled_by_client).add(); }
  void handed_over() { metrics_.handed_over.add(); }
  void failed(int grpc_code);

 private:
  void count_usage(const Usage& usage);

  NodeMetrics& metrics_;
  SteadyTime arrived_{}, last_{};
  std::int64_t tokens_ = 0;
  bool started_ = false;
};

}  // namespace wsdeep::llm
