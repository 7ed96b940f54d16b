#include "llm/engine/engine_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "llm/engine/common_delta.h"
#include "llm/engine/engine_error.h"
#include "llm/engine/engine_json.h"
#include "wire/json_fields.h"

namespace wsdeep::llm {
namespace {

using wire::Json;

constexpr std::size_t kMostErrorBytes = 16 << 10;
/// Texts within lists within texts: what engines send is two deep.
constexpr int kMostDepth = 4;

/// Where engines put reasoning; the first one that is not empty counts, as some fill two of them with the same.
constexpr std::array<const char*, 4> kReasoningFields = {"reasoning_content", "reasoning", "thinking",
                                                         "reasoning_details"};

bool is_thought(const Json& part) {
  const Json* const type = member(part, "type");
  return type != nullptr && type->is_string() &&
         (type->get<std::string>().starts_with("thinking") || type->get<std::string>().starts_with("reasoning"));
}

/// The text in a field: a string, a list of parts, or a part with a text of its own.
std::string text_in(const Json& value, int depth = 0) {
  if (value.is_string()) return value.get<std::string>();
  if (depth > kMostDepth) return {};
  std::string text;
  if (value.is_array())
    for (const Json& part : value) text += text_in(part, depth + 1);
  if (value.is_object())
    for (const char* const name : {"text", "content", "thinking", "summary"})
      if (const Json* const inner = member(value, name); inner != nullptr && text.empty())
        text = text_in(*inner, depth + 1);
  return text;
}

std::string reasoning_in(const Json& message) {
  for (const char* const name : kReasoningFields)
    if (const Json* const field = member(message, name))
      if (std::string text = text_in(*field); !text.empty()) return text;
  return {};
}

/// A finish reason; SGLang's own interface has an object with a `type`.
std::string reason_in(const Json& object, const char* name) {
  const Json* const reason = member(object, name);
  if (reason == nullptr) return {};
  const Json* const type = reason->is_object() ? member(*reason, "type") : reason;
  return type != nullptr && type->is_string() ? type->get<std::string>() : "";
}

bool has_tool_call(const Json& message) {
  const Json* const calls = member(message, "tool_calls");
  return (calls != nullptr && calls->is_array() && !calls->empty()) || member(message, "function_call") != nullptr;
}

/// Whole and not negative; also as 7.0.
std::optional<std::int64_t> count_in(const Json& object, const char* name) {
  const Json* const value = member(object, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  const double number = value->get<double>();
  constexpr double kMost = 1e15;
  if (number < 0 || number > kMost || number != static_cast<double>(static_cast<std::int64_t>(number)))
    return std::nullopt;
  return static_cast<std::int64_t>(number);
}

/// `object.group.name`
std::optional<std::int64_t> detail_in(const Json& object, const char* group, const char* name) {
  const Json* const details = member(object, group);
  return details == nullptr ? std::nullopt : count_in(*details, name);
}

std::optional<Usage> usage_in(const Json& object, const char* prompt, const char* completion) {
  const auto asked = count_in(object, prompt), answered = count_in(object, completion);
  if (!asked || !answered) return std::nullopt;
  return Usage{*asked, *answered};
}

/// OpenAI's, with what DeepSeek's own service (`prompt_cache_hit_tokens`) and SGLang (`reasoning_tokens`) say beside
/// it.
std::optional<Usage> openai_usage_in(const Json& object) {
  std::optional<Usage> usage = usage_in(object, "prompt_tokens", "completion_tokens");
  if (!usage) return std::nullopt;
  usage->cached_prompt_tokens = detail_in(object, "prompt_tokens_details", "cached_tokens");
  if (!usage->cached_prompt_tokens) usage->cached_prompt_tokens = count_in(object, "prompt_cache_hit_tokens");
  usage->reasoning_tokens = detail_in(object, "completion_tokens_details", "reasoning_tokens");
  if (!usage->reasoning_tokens) usage->reasoning_tokens = count_in(object, "reasoning_tokens");
  return usage;
}

/// How many tokens there have been so far: vLLM's and SGLang's usage, llama.cpp's timings, Ollama's last line.
std::optional<std::int64_t> sum_in(const Json& document) {
  if (const auto sum = detail_in(document, "usage", "completion_tokens")) return sum;
  if (const auto sum = detail_in(document, "timings", "predicted_n")) return sum;
  return count_in(document, "eval_count");
}

}  // namespace

EngineAnswer::EngineAnswer(std::string about_key, Reading reading)
    : events_({.on_document = [this](const auto& document, bool is_error) { read(document, is_error); },
               .on_done = [this] { end_.done(); },
               .on_text = reading == Reading::kThorough ? std::function<bool(std::string_view)>()
                                                        : [this](std::string_view text) { return read_common(text); }}),
      about_key_(std::move(about_key)) {}

bool EngineAnswer::take(std::string_view bytes) {
  if (!is_success()) {
    beginning_ += bytes.substr(0, kMostErrorBytes - beginning_.size());
    return beginning_.size() < kMostErrorBytes;
  }
  events_.feed(bytes);
  return !end_.is_over();
}

std::vector<LlmChunk> EngineAnswer::take_chunks() {
  return std::exchange(chunks_, {});
}

LlmOutcome EngineAnswer::finish(BodyEnd end, std::string_view location) {
  LlmOutcome outcome = is_success() ? verdict(end) : refusal(location);
  return outcome.ok || outcome.fault != LlmFault::kMisconfigured ? outcome : without_key();
}

LlmOutcome EngineAnswer::verdict(BodyEnd end) {
  events_.finish();
  LlmOutcome outcome = end_.verdict(end);
  add(splitter_.finish(outcome.ok && outcome.result.finish_reason != "length"));
  if (!outcome.ok) return documents_ || end_.is_over() ? outcome : no_answer();
  if (usage_ && !usage_->cached_prompt_tokens) usage_->cached_prompt_tokens = cached_;
  outcome.result.usage = usage_;
  std::string& reason = outcome.result.finish_reason;
  if (called_tool_ && !any_text_ && reason == "stop") reason = "tool_calls";
  if (refused_ && reason == "stop") reason = "refusal";
  return outcome;
}

/// An answer with another status than 200.
LlmOutcome EngineAnswer::refusal(std::string_view location) const {
  const auto [fault, words] = error_of_body(status_, beginning_);
  const std::string target = location.empty() ? "" : fmt::format(" and points to {}", one_line(location));
  LlmOutcome outcome =
      failure(fault, fmt::format("the engine answers {}{}{}{}", status_, target, words.empty() ? "" : ": ", words));
  outcome.words = words.empty() && !location.empty() ? "it has moved to " + one_line(location) : words;
  outcome.retry_after = retry_after_;
  return outcome;
}

/// How the node signs in to its engine is nobody's business but its owner's, and what engines say of a key may quote
/// it.
LlmOutcome EngineAnswer::without_key() const {
  return failure(LlmFault::kMisconfigured, is_success()
                                               ? fmt::format("the engine refuses the node: {}", about_key_)
                                               : fmt::format("the engine answers {}: {}", status_, about_key_));
}

/// A page, or a text, or nothing, with status 200.
LlmOutcome EngineAnswer::no_answer() const {
  const std::string words = words_of_body(events_.stray());
  if (words.empty()) return end_.verdict(BodyEnd::kBroken);
  const bool is_page = trim(events_.stray()).starts_with('<');
  LlmOutcome outcome =
      failure(LlmFault::kUnavailable,
              fmt::format("the engine answers with a {} instead of an answer: {}", is_page ? "page" : "text", words));
  outcome.words = words;
  return outcome;
}

void EngineAnswer::read(const Json& document, bool is_error) {
  if (end_.is_over()) return;  // however much came in one piece
  // Gemini puts its errors into a list.
  if (document.is_array() && !is_error)
    for (const Json& one : document)
      if (one.is_object()) read(one, false);
  // The reason of a choice that failed stands beside why.
  const Json* const choices = member(document, "choices");
  const bool has_choice = choices != nullptr && choices->is_array() && !choices->empty();
  auto error = error_in(document, is_error);
  if (!error && has_choice && member(choices->front(), "error") != nullptr) error = error_in(choices->front(), false);
  if (error) return end_.fail(error->fault, error->words);
  read_usage(document);
  const std::size_t before = chunks_.size();
  spoke_ = false;
  const bool known = has_choice ? read_choice(choices->front()) : read_line(document);
  count_tokens(sum_in(document), before);
  documents_ = documents_ || known || choices != nullptr;
}

/// Does what `read` would do; false when it has to.
bool EngineAnswer::read_common(std::string_view text) {
  if (end_.is_over()) return false;
  const auto delta = read_common_delta(text);
  if (!delta) return false;
  if (delta->usage) usage_ = delta->usage;
  const std::size_t before = chunks_.size();
  spoke_ = false;
  delta->reasoning ? think(delta->text) : say(delta->text);
  end_.piece("", true);
  count_tokens(delta->usage ? std::optional(delta->usage->completion_tokens) : std::nullopt, before);
  documents_ = true;
  return true;
}

void EngineAnswer::count_tokens(std::optional<std::int64_t> sum, std::size_t chunks_before) {
  const int tokens = tokens_.take(sum, spoke_);
  if (tokens == 0) return;
  if (chunks_.size() == chunks_before) chunks_.push_back({""});
  chunks_.back().tokens += tokens;
}

/// Of OpenAI's; `text` is that of older completions.
bool EngineAnswer::read_choice(const Json& choice) {
  if (!choice.is_object()) return false;
  if (const Json* const index = member(choice, "index"); index != nullptr && *index != 0) return true;
  bool has_text = false;
  for (const char* const name : {"delta", "message"})
    if (const Json* const message = member(choice, name)) has_text = read_parts(*message) || has_text;
  if (const Json* const text = member(choice, "text")) has_text = say(text_in(*text)) || has_text;
  // A whole message has come to its end.
  end_.piece(reason_in(choice, "finish_reason"), has_text && member(choice, "message") == nullptr);
  return true;
}

/// Of Ollama's: a `message`, or the `response` of a prompt.
bool EngineAnswer::read_line(const Json& document) {
  const Json* const message = member(document, "message");
  const Json* const response = member(document, "response");
  const Json* const done = member(document, "done");
  if (message == nullptr && response == nullptr && done == nullptr) return false;
  bool has_text = message != nullptr && read_parts(*message);
  if (message == nullptr) has_text = think(reasoning_in(document));
  if (response != nullptr) has_text = say(text_in(*response)) || has_text;
  const bool is_last = done != nullptr && *done == true;
  end_.piece(is_last ? reason_in(document, "done_reason") : "", has_text);
  if (!is_last) return true;
  if (const auto usage = usage_in(document, "prompt_eval_count", "eval_count")) usage_ = usage;
  end_.done();
  return true;
}

bool EngineAnswer::read_parts(const Json& message) {
  bool has_text = think(reasoning_in(message));
  if (const Json* const content = member(message, "content")) has_text = read_content(*content) || has_text;
  if (const Json* const refusal = member(message, "refusal"); refusal != nullptr && say(text_in(*refusal)))
    has_text = refused_ = true;
  called_tool_ = called_tool_ || has_tool_call(message);
  return has_text;
}

/// A text, or a list of parts some of which may be thoughts.
bool EngineAnswer::read_content(const Json& content) {
  if (!content.is_array()) return say(text_in(content));
  bool has_text = false;
  for (const Json& part : content)
    has_text = (is_thought(part) ? think(text_in(part)) : say(text_in(part))) || has_text;
  return has_text;
}

/// Engines that tell it with every piece tell the sum so far. What is no number is no statistics.
void EngineAnswer::read_usage(const Json& document) {
  if (const Json* const usage = member(document, "usage"))
    if (const auto counted = openai_usage_in(*usage)) usage_ = counted;
  if (const auto cached = detail_in(document, "timings", "cache_n")) cached_ = cached;
}

bool EngineAnswer::think(const std::string& text) {
  if (text.empty()) return false;
  spoke_ = true;
  add(splitter_.trust_fields());
  add({{text, true}});
  return true;
}

bool EngineAnswer::say(const std::string& text) {
  if (text.empty()) return false;
  any_text_ = spoke_ = true;
  add(splitter_.feed(text));
  return true;
}

void EngineAnswer::add(std::vector<LlmChunk> chunks) {
  std::move(chunks.begin(), chunks.end(), std::back_inserter(chunks_));
}

}  // namespace wsdeep::llm
