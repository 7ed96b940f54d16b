#include "llm/node/metrics.h"

#include <algorithm>
#include <cmath>

namespace wsdeep::llm {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// In microseconds. The bounds of vLLM's histograms of the same meaning (vllm/v1/metrics/loggers.py).
constexpr std::array<std::int64_t, 22> kFirstTokenBounds{
    1'000,      5'000,      10'000,     20'000,      40'000,      60'000,       80'000,    100'000,
    250'000,    500'000,    750'000,    1'000'000,   2'500'000,   5'000'000,    7'500'000, 10'000'000,
    20'000'000, 40'000'000, 80'000'000, 160'000'000, 640'000'000, 2'560'000'000};
constexpr std::array<std::int64_t, 19> kInterTokenBounds{
    10'000,  25'000,    50'000,    75'000,    100'000,   150'000,    200'000,    300'000,    400'000,   500'000,
    750'000, 1'000'000, 2'500'000, 5'000'000, 7'500'000, 10'000'000, 20'000'000, 40'000'000, 80'000'000};
constexpr std::array<std::int64_t, 21> kRequestBounds{
    300'000,    500'000,     800'000,     1'000'000,   1'500'000,   2'000'000,     2'500'000,
    5'000'000,  10'000'000,  15'000'000,  20'000'000,  30'000'000,  40'000'000,    50'000'000,
    60'000'000, 120'000'000, 240'000'000, 480'000'000, 960'000'000, 1'920'000'000, 7'680'000'000};

constexpr std::size_t kMostRecent = 1024;

/// What an engine says is not believed to be more than any could have done.
std::int64_t tokens_of(std::int64_t told) {
  return std::clamp<std::int64_t>(told, 0, 1'000'000'000);
}

std::int64_t between_us(SteadyTime from, SteadyTime to) {
  return std::max<std::int64_t>(0, duration_cast<microseconds>(to - from).count());
}

}  // namespace

void Histogram::observe_all(std::int64_t total_us, std::int64_t times) {
  const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), total_us / times) - bounds_.begin();
  counts_[static_cast<std::size_t>(bucket)].fetch_add(times, std::memory_order_relaxed);
  sum_us_.fetch_add(total_us, std::memory_order_relaxed);
}

Histogram::Reading Histogram::read() const {
  Reading reading{bounds_, {}, sum_us_.load(std::memory_order_relaxed)};
  for (std::size_t i = 0; i <= bounds_.size(); ++i)
    reading.counts.push_back(counts_[i].load(std::memory_order_relaxed));
  return reading;
}

void RecentTimes::add(std::int64_t us, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  if (samples_.size() < kMostRecent) {
    samples_.push_back({now, us});
    return;
  }
  samples_[next_] = {now, us};
  next_ = (next_ + 1) % kMostRecent;
}

std::optional<std::int64_t> RecentTimes::quantile(double share, SteadyTime now) const {
  std::vector<std::int64_t> recent;
  {
    const std::lock_guard lock(mutex_);
    for (const Sample& sample : samples_)
      if (now - sample.time <= kWindow) recent.push_back(sample.us);
  }
  if (recent.empty()) return std::nullopt;
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(recent.size())));
  const auto place = recent.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, recent.size()) - 1);
  std::nth_element(recent.begin(), place, recent.end());
  return *place;
}

NodeMetrics::NodeMetrics()
    : time_to_first_token(kFirstTokenBounds),
      inter_token_latency(kInterTokenBounds),
      queue_time(kRequestBounds),
      request_time(kRequestBounds) {}

std::int64_t NodeMetrics::failed() const {
  std::int64_t sum = 0;
  for (const Count& one : refusals) sum += one.value();
  for (const Count& one : errors) sum += one.value();
  return sum;
}

void CallMeter::arrived(SteadyTime now) {
  arrived_ = now;
  metrics_.requests.add();
}

void CallMeter::started(std::chrono::microseconds waited) {
  started_ = true;
  metrics_.queue_time.observe(waited.count());
}

void CallMeter::produced(int tokens, SteadyTime now) {
  if (tokens <= 0) return;
  metrics_.generated_tokens.add(tokens);
  if (tokens_ == 0) {
    metrics_.time_to_first_token.observe(between_us(arrived_, now));
    metrics_.recent_first_tokens.add(between_us(arrived_, now), now);
    if (tokens > 1) metrics_.inter_token_latency.observe_all(0, tokens - 1);  // they came with the first
  } else {
    metrics_.inter_token_latency.observe_all(between_us(last_, now), tokens);
  }
  tokens_ += tokens;
  last_ = now;
}

void CallMeter::completed(const LlmResult& result, SteadyTime now) {
  const std::string& reason = result.finish_reason;
  (reason == "stop"     ? metrics_.stopped
   : reason == "length" ? metrics_.cut_at_length
                        : metrics_.otherwise_finished)
      .add();
  metrics_.request_time.observe(between_us(arrived_, now));
  if (result.usage) count_usage(*result.usage);
}

/// An engine's count includes tokens that have no text, such as the one that ends the answer.
void CallMeter::count_usage(const Usage& usage) {
  metrics_.prompt_tokens.add(tokens_of(usage.prompt_tokens));
  metrics_.generated_tokens.add(std::max<std::int64_t>(0, tokens_of(usage.completion_tokens) - tokens_));
  if (!usage.cached_prompt_tokens) return;
  metrics_.knows_cached = true;
  metrics_.cached_prompt_tokens.add(tokens_of(*usage.cached_prompt_tokens));
}

void CallMeter::failed(int grpc_code) {
  const auto code = static_cast<std::size_t>(grpc_code);
  metrics_.errors.at(code < metrics_.errors.size() ? code : 2).add();  // 2: UNKNOWN
}

}  // namespace wsdeep::llm
