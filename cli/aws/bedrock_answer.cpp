#include "aws/bedrock_answer.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/utf8.h"

namespace wsdeep::aws {
namespace {

using wire::Json;
using wire::JsonFields;

/// An answer's events are flat, traces are not.
constexpr std::string_view kWhat = "an event of Bedrock's";

/// Our clients' words for how an answer ends; what they have no word for stays Bedrock's.
std::string finish_reason_of(const std::string& stop_reason) {
  if (stop_reason == "end_turn" || stop_reason == "stop_sequence") return "stop";
  if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded") return "length";
  if (stop_reason == "guardrail_intervened" || stop_reason == "content_filtered") return "content_filter";
  if (stop_reason == "tool_use") return "tool_calls";
  return printable(stop_reason);
}

/// How many bytes at the end of `text` are a character that is not whole yet.
std::size_t unfinished_bytes(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if ((byte & 0xC0) == 0x80) continue;
    const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return whole > back ? back : 0;
  }
  return 0;
}

/// Tokens are counted, never owed.
std::int64_t count_of(const JsonFields& usage, std::string_view name) {
  return std::max<std::int64_t>(usage.integer_or(name, 0), 0);
}

BedrockFailure withheld() {
  BedrockFailure failure;
  failure.fault = BedrockFault::kInvalid;
  failure.cause = "a guardrail or content filter withheld the answer";
  failure.words = "this is not answered, by a rule on what may be asked and said.";
  return failure;
}

BedrockFailure broken_off(std::string_view cause) {
  BedrockFailure failure;
  failure.cause = cause;
  failure.may_pass = true;
  return failure;
}

}  // namespace

void BedrockAnswer::take(const EventMessage& message) {
  if (failure_) return;
  const std::string_view type = message.text(":message-type");
  if (type == "event") return take_event(message.text(":event-type"), message);
  if (type == "exception") {
    const Json document = wire::parse_json(message.payload.empty() ? "{}" : message.payload, kWhat);
    const JsonFields fields(document);
    failure_ = bedrock_failure(message.text(":exception-type"), fields.text_or("message", ""));
  } else if (type == "error") {
    failure_ = bedrock_failure(message.text(":error-code"), message.text(":error-message"));
  } else {
    throw Error(ErrorKind::kFailure, "the event stream has a message that is neither event nor error");
  }
}

void BedrockAnswer::take_event(std::string_view type, const EventMessage& message) {
  began_ = true;
  using Take = void (BedrockAnswer::*)(const JsonFields&);
  struct Row {
    Kind kind;
    std::string_view type;
    Take take;
  };
  static constexpr Row kRows[] = {{Kind::kModel, "contentBlockDelta", &BedrockAnswer::take_delta},
                                  {Kind::kModel, "messageStop", &BedrockAnswer::take_stop},
                                  {Kind::kModel, "metadata", &BedrockAnswer::take_metadata},
                                  {Kind::kAgent, "chunk", &BedrockAnswer::take_part},
                                  {Kind::kAgent, "files", &BedrockAnswer::take_files},
                                  {Kind::kAgent, "trace", &BedrockAnswer::take_trace}};
  for (const Row& row : kRows) {
    if (row.kind != kind_ || row.type != type) continue;
    const Json document = wire::parse_json(message.payload, kWhat);
    return (this->*row.take)(JsonFields(document));
  }
  if (kind_ != Kind::kAgent || type != "returnControl") return;
  BedrockFailure failure;
  failure.fault = BedrockFault::kMisconfigured;
  failure.cause = "the agent hands control back to the application, to have an action done";
  failure.hint = "give the action group a Lambda function: wsdeep does no actions for an agent";
  failure_ = std::move(failure);
}

void BedrockAnswer::add_text(std::string text, bool reasoning) {
  if (text.empty()) return;
  any_text_ = any_text_ || !reasoning;
  if (!chunks_.empty() && chunks_.back().reasoning == reasoning)
    chunks_.back().text += text;
  else
    chunks_.push_back({std::move(text), reasoning});
}

/// Reasoning that is redacted, and its signature, are for the model alone. We have no tools, so there is no use of one.
void BedrockAnswer::take_delta(const JsonFields& event) {
  const JsonFields delta = event.object("delta");
  if (auto text = delta.text_if("text")) add_text(std::move(*text), false);
  if (const auto reasoning = delta.object_if("reasoningContent")) add_text(reasoning->text_or("text", ""), true);
}

void BedrockAnswer::take_stop(const JsonFields& event) {
  result_.finish_reason = finish_reason_of(event.text("stopReason"));
}

/// `inputTokens` are those that were neither read from the prompt cache nor written to it:
/// https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
void BedrockAnswer::take_metadata(const JsonFields& event) {
  const auto usage = event.object_if("usage");
  if (!usage) return;
  const std::int64_t cached = count_of(*usage, "cacheReadInputTokens");
  result_.usage = Usage{count_of(*usage, "inputTokens") + cached + count_of(*usage, "cacheWriteInputTokens"),
                        count_of(*usage, "outputTokens")};
  if (usage->find("cacheReadInputTokens") != nullptr) result_.usage->cached_prompt_tokens = cached;
}

void BedrockAnswer::take_part(const JsonFields& event) {
  const auto bytes = event.text_if("bytes");
  if (!bytes) return;
  const auto part = from_base64(*bytes);
  if (!part) event.fail("bytes", "expected base64");
  held_ += *part;
  const std::size_t unfinished = unfinished_bytes(held_);
  add_text(well_formed_utf8(std::string_view(held_).substr(0, held_.size() - unfinished)), false);
  held_.erase(0, held_.size() - unfinished);
}

/// An answer is text: what else there is of it is at least named.
void BedrockAnswer::take_files(const JsonFields& event) {
  const Json* files = event.find("files");
  if (files == nullptr || !files->is_array()) return;
  for (const Json& file : *files) {
    const std::string name = JsonFields(file, "files").text_or("name", "without a name");
    add_text(fmt::format("\n\n[The agent made a file that cannot be shown here: {}]", printable(name)), false);
  }
}

/// A trace tells what the agent did, step by step. We read what it cost and whether a guardrail stepped in; what it
/// thought is not meant for whoever chats.
void BedrockAnswer::take_trace(const JsonFields& event) {
  const auto trace = event.object_if("trace");
  if (!trace) return;
  for (const char* step : {"preProcessingTrace", "orchestrationTrace", "postProcessingTrace", "routingClassifierTrace"})
    if (const auto fields = trace->object_if(step)) take_step(*fields);
  if (const auto guardrail = trace->object_if("guardrailTrace"))
    intervened_ = intervened_ || guardrail->text_or("action", "") == "INTERVENED";
}

void BedrockAnswer::take_step(const JsonFields& step) {
  const auto output = step.object_if("modelInvocationOutput");
  const auto metadata = output ? output->object_if("metadata") : std::nullopt;
  const auto usage = metadata ? metadata->object_if("usage") : std::nullopt;
  if (!usage) return;
  if (!result_.usage) result_.usage = Usage{};
  result_.usage->prompt_tokens += count_of(*usage, "inputTokens");
  result_.usage->completion_tokens += count_of(*usage, "outputTokens");
}

std::optional<BedrockFailure> BedrockAnswer::finish(bool body_whole) {
  if (failure_) return failure_;
  if (kind_ == Kind::kAgent && body_whole && began_) {
    add_text(well_formed_utf8(std::exchange(held_, {})), false);
    result_.finish_reason = intervened_ ? "content_filter" : "stop";
    if (!any_text_ && !intervened_) failure_ = broken_off("the agent ended without an answer");
  } else if (result_.finish_reason.empty()) {
    failure_ = broken_off("the answer broke off");
  }
  if (!failure_ && result_.finish_reason == "content_filter" && !any_text_) failure_ = withheld();
  return failure_;
}

}  // namespace wsdeep::aws
