#include "commands/llm/generation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/json_writer.h"

namespace wsdeep::commands {
namespace {

using std::chrono::milliseconds;
using wire::JsonObject;

constexpr double kMicrosecondsInOne = 1000.0;

/// The value at that part of sorted numbers: the nearest rank.
double at_quantile(const std::vector<double>& sorted, double quantile) {
  const auto rank = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

std::string offsets_ms(const std::vector<std::uint32_t>& offsets_us) {
  std::string list = "[";
  for (const std::uint32_t offset : offsets_us)
    list += (list.size() > 1 ? "," : "") + wire::json_number(offset / kMicrosecondsInOne);
  return list + "]";
}

std::string usage_json(const std::optional<Usage>& usage) {
  if (!usage) return "null";
  JsonObject object;
  object.add("promptTokens", usage->prompt_tokens).add("completionTokens", usage->completion_tokens);
  if (usage->cached_prompt_tokens) object.add("cachedPromptTokens", *usage->cached_prompt_tokens);
  if (usage->reasoning_tokens) object.add("reasoningTokens", *usage->reasoning_tokens);
  return object.text();
}

std::string timings_json(const GenerationMeter& meter, std::int64_t duration_ms) {
  JsonObject object;
  if (meter.ttft_ms()) object.add("ttftMs", *meter.ttft_ms());
  object.add("durationMs", duration_ms);
  if (const auto gaps = meter.gaps())
    object.add_json("itlMs",
                    JsonObject().add("p50", gaps->p50_ms).add("p99", gaps->p99_ms).add("max", gaps->longest_ms).text());
  return object.text();
}

/// `120 prompt tokens (96 cached) · 48 tokens (20 reasoning)`
std::string describe(const Usage& usage) {
  std::string text = fmt::format("{} prompt tokens", usage.prompt_tokens);
  if (usage.cached_prompt_tokens) text += fmt::format(" ({} cached)", *usage.cached_prompt_tokens);
  text += fmt::format(" · {} tokens", usage.completion_tokens);
  if (usage.reasoning_tokens.value_or(0) > 0) text += fmt::format(" ({} reasoning)", *usage.reasoning_tokens);
  return text;
}

std::string_view name_of(llm::LlmFault fault) {
  using llm::LlmFault;
  switch (fault) {
    case LlmFault::kUnavailable:
      return "unavailable";
    case LlmFault::kOverloaded:
      return "overloaded";
    case LlmFault::kTimeout:
      return "timeout";
    case LlmFault::kCancelled:
      return "cancelled";
    case LlmFault::kInvalid:
      return "invalid";
    case LlmFault::kMisconfigured:
      return "misconfigured";
    case LlmFault::kCutOff:
      return "cut_off";
    case LlmFault::kInternal:
      break;
  }
  return "internal";
}

}  // namespace

void GenerationMeter::add(const LlmChunk& chunk, Clock::time_point now) {
  if (!ttft_ms_ && !chunk.text.empty()) ttft_ms_ = ms_until(now);
  tokens_ += chunk.tokens;
  offsets_us_.insert(offsets_us_.end(), chunk.token_offsets_us.begin(), chunk.token_offsets_us.end());
}

std::int64_t GenerationMeter::ms_until(Clock::time_point now) const {
  return std::chrono::duration_cast<milliseconds>(now - start_).count();
}

std::optional<TokenGaps> GenerationMeter::gaps() const {
  if (offsets_us_.size() < 2) return std::nullopt;
  std::vector<double> gaps;
  for (std::size_t at = 1; at < offsets_us_.size(); ++at)
    gaps.push_back((static_cast<double>(offsets_us_[at]) - static_cast<double>(offsets_us_[at - 1])) /
                   kMicrosecondsInOne);
  std::sort(gaps.begin(), gaps.end());
  return TokenGaps{gaps.size(), at_quantile(gaps, 0.5), at_quantile(gaps, 0.99), gaps.back()};
}

std::string chunk_event(const LlmChunk& chunk, std::int64_t at_ms) {
  JsonObject object;
  if (chunk.was_reasoning) return object.add("event", "text_was_reasoning").add("atMs", at_ms).text();
  object.add("event", "text").add("atMs", at_ms).add("reasoning", chunk.reasoning).add("text", chunk.text);
  if (chunk.tokens > 0) object.add("tokens", chunk.tokens);
  if (!chunk.token_offsets_us.empty()) object.add_json("tokenOffsetsMs", offsets_ms(chunk.token_offsets_us));
  return object.text();
}

std::string retry_event(const llm::LlmOutcome& outcome, milliseconds wait) {
  return JsonObject()
      .add("event", "retry")
      .add("fault", name_of(outcome.fault))
      .add("message", outcome.cause)
      .add("waitMs", wait.count())
      .text();
}

std::string completed_event(const LlmResult& result, const GenerationMeter& meter, std::int64_t duration_ms) {
  JsonObject object;
  object.add("event", "completed").add("finishReason", result.finish_reason);
  object.add_json("usage", usage_json(result.usage));
  object.add_json("nodeId", result.node_id.empty() ? "null" : wire::json_string(result.node_id));
  if (meter.tokens() > 0) object.add("tokens", meter.tokens());
  return object.add_json("timings", timings_json(meter, duration_ms)).text();
}

std::string error_event(const llm::LlmOutcome& outcome, const GenerationMeter& meter, std::int64_t duration_ms) {
  JsonObject object;
  object.add("event", "error").add("fault", name_of(outcome.fault)).add("message", outcome.cause);
  if (!outcome.words.empty()) object.add("words", outcome.words);
  if (!outcome.hint.empty()) object.add("hint", outcome.hint);
  if (outcome.retry_after) object.add("retryAfterMs", outcome.retry_after->count());
  if (!outcome.result.node_id.empty()) object.add("nodeId", outcome.result.node_id);
  return object.add_json("timings", timings_json(meter, duration_ms)).text();
}

std::string generation_summary(const LlmResult& result, const GenerationMeter& meter) {
  std::string text = result.finish_reason;
  if (result.usage) text += " · " + describe(*result.usage);
  if (meter.ttft_ms()) text += fmt::format(" · TTFT {} ms", *meter.ttft_ms());
  if (const auto gaps = meter.gaps())
    text += fmt::format(" · ITL p50 {:.1f} ms, p99 {:.1f} ms, longest {:.1f} ms", gaps->p50_ms, gaps->p99_ms,
                        gaps->longest_ms);
  return result.node_id.empty() ? text : text + " · node " + result.node_id;
}

}  // namespace wsdeep::commands
