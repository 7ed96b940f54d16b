#include "llm/engine/answer_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"

namespace wsdeep::llm {
namespace {

constexpr std::size_t kMostReasonBytes = 40;

constexpr std::array<std::string_view, 4> kSayNothing = {"", "null", "none", "undefined"};
/// SGLang, vLLM, OpenRouter, DeepSeek's own service.
constexpr std::array<std::string_view, 8> kFailures = {"abort",    "aborted", "error",  "cancelled",
                                                       "canceled", "cancel",  "failed", "insufficient_system_resource"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kCommon = {{
    {"eos", "stop"},
    {"eos_token", "stop"},
    {"stop_sequence", "stop"},
    {"end_turn", "stop"},
    {"max_tokens", "length"},
    {"max_length", "length"},
    {"model_length", "length"},
    {"function_call", "tool_calls"},
    {"tool_use", "tool_calls"},
    {"tool_call", "tool_calls"},
    {"safety", "content_filter"},
}};

/// DeepSeek's own service says that it is full in mid-answer.
LlmFault fault_of_reason(std::string_view reason) {
  return to_lower(reason).find("resource") == std::string::npos ? LlmFault::kCutOff : LlmFault::kOverloaded;
}

}  // namespace

ReasonKind kind_of_reason(std::string_view reason) {
  const std::string word = to_lower(trim(reason));
  const auto is = [&](std::string_view known) { return known == word; };
  if (std::any_of(kSayNothing.begin(), kSayNothing.end(), is)) return ReasonKind::kNothing;
  return std::any_of(kFailures.begin(), kFailures.end(), is) ? ReasonKind::kFailure : ReasonKind::kEnd;
}

std::string common_reason(std::string_view reason) {
  const std::string word = to_lower(trim(reason));
  const auto found =
      std::find_if(kCommon.begin(), kCommon.end(), [&](const auto& names) { return names.first == word; });
  return found == kCommon.end() ? well_formed_utf8(word.substr(0, kMostReasonBytes)) : std::string(found->second);
}

void AnswerEnd::piece(std::string_view reason, bool has_text) {
  if (is_over()) return;
  const ReasonKind kind = kind_of_reason(reason);
  if (kind == ReasonKind::kFailure) return fail(fault_of_reason(reason), common_reason(reason));
  if (kind == ReasonKind::kNothing) {
    text_without_reason_ = text_without_reason_ || has_text;
    if (has_text) state_ = State::kOpen;
    return;
  }
  // Text with a reason after text with a reason: neither of them was the end.
  const bool is_end = !has_text || (text_without_reason_ && state_ == State::kOpen);
  state_ = is_end ? State::kEnded : State::kDoubtful;
  reason_ = common_reason(reason);
}

void AnswerEnd::done() {
  if (!is_over()) state_ = State::kDone;
}

void AnswerEnd::fail(LlmFault fault, std::string words) {
  failed_late_ = stands() && state_ != State::kFailed;
  if (stands()) return;
  state_ = State::kFailed;
  fault_ = fault;
  words_ = std::move(words);
}

LlmOutcome AnswerEnd::verdict(BodyEnd end) const {
  if (state_ == State::kFailed) {
    LlmOutcome outcome = failure(
        fault_, words_.empty() ? "the engine broke its answer off" : fmt::format("the engine failed: {}", words_));
    outcome.words = words_;
    return outcome;
  }
  const bool whole = stands() || (state_ == State::kDoubtful && end == BodyEnd::kFramed);
  if (!whole) return failure(LlmFault::kCutOff, "the engine's answer ended before it was whole");
  LlmOutcome outcome;
  outcome.ok = true;
  outcome.result.finish_reason = reason_.empty() ? "stop" : reason_;
  return outcome;
}

}  // namespace wsdeep::llm
