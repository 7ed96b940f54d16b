#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llm/outcome.h"
#include "terminal/console.h"
#include "wire/llm.h"

namespace wsdeep::commands {

/// Gaps between tokens, as the node timed them.
struct TokenGaps {
  std::size_t count = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double longest_ms = 0;
};

/// What is measured of one generation, from `start` on.
class GenerationMeter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit GenerationMeter(Clock::time_point start) : start_(start) {}

  void add(const LlmChunk& chunk, Clock::time_point now);

  std::int64_t ms_until(Clock::time_point now) const;
  std::optional<std::int64_t> ttft_ms() const { return ttft_ms_; }
  std::int64_t tokens() const { return tokens_; }
  /// Nothing unless the node told the times of two tokens.
  std::optional<TokenGaps> gaps() const;

 private:
  const Clock::time_point start_;
  std::optional<std::int64_t> ttft_ms_;
  std::int64_t tokens_ = 0;
  std::vector<std::uint32_t> offsets_us_;
};

/// The events of `--json`, one JSON object each. `at` is in ms since the call.
std::string chunk_event(const LlmChunk& chunk, std::int64_t at_ms);
std::string retry_event(const llm::LlmOutcome& outcome, std::chrono::milliseconds wait);
std::string completed_event(const LlmResult& result, const GenerationMeter& meter, std::int64_t duration_ms);
std::string error_event(const llm::LlmOutcome& outcome, const GenerationMeter& meter, std::int64_t duration_ms);

/// `stop · 12 prompt tokens · 40 tokens · TTFT 120 ms · node n1`: an older server says less.
std::string generation_summary(const LlmResult& result, const GenerationMeter& meter);

}  // namespace wsdeep::commands
