#include "llm/convert.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/utf8.h"

namespace wsdeep::llm {
namespace {

constexpr int kMaxStopStrings = 16;
constexpr int kMaxMessages = 10'000;

void require_utf8(std::string_view text) {
  if (!is_utf8(text)) throw Error(ErrorKind::kUsage, "cannot send the request to the LLM node: text is not UTF-8");
}

void fill(const GenerationParameters& from, ::llm::Parameters& to) {
  if (from.temperature) to.set_temperature(static_cast<float>(*from.temperature));
  if (from.max_tokens) to.set_max_tokens(*from.max_tokens);
  if (from.top_p) to.set_top_p(static_cast<float>(*from.top_p));
  if (from.top_k) to.set_top_k(*from.top_k);
  if (from.presence_penalty) to.set_presence_penalty(static_cast<float>(*from.presence_penalty));
  if (from.frequency_penalty) to.set_frequency_penalty(static_cast<float>(*from.frequency_penalty));
  if (from.repetition_penalty) to.set_repetition_penalty(static_cast<float>(*from.repetition_penalty));
  if (from.seed) to.set_seed(*from.seed);
  for (const std::string& stop : from.stop) {
    require_utf8(stop);
    to.add_stop(stop);
  }
}

GenerationParameters from_proto(const ::llm::Parameters& from) {
  GenerationParameters to;
  if (from.has_temperature()) to.temperature = from.temperature();
  if (from.has_max_tokens()) to.max_tokens = from.max_tokens();
  if (from.has_top_p()) to.top_p = from.top_p();
  if (from.has_top_k()) to.top_k = from.top_k();
  if (from.has_presence_penalty()) to.presence_penalty = from.presence_penalty();
  if (from.has_frequency_penalty()) to.frequency_penalty = from.frequency_penalty();
  if (from.has_repetition_penalty()) to.repetition_penalty = from.repetition_penalty();
  if (from.has_seed()) to.seed = from.seed();
  to.stop.assign(from.stop().begin(), from.stop().end());
  return to;
}

bool is_role(std::string_view role) {
  return role == "system" || role == "user" || role == "assistant";
}

/// What is wrong with the parameters; empty when nothing is. Ranges beyond these are the engine's to judge.
std::string request_fault(const ::llm::Parameters& parameters) {
  for (const float value : {parameters.temperature(), parameters.top_p(), parameters.presence_penalty(),
                            parameters.frequency_penalty(), parameters.repetition_penalty()})
    if (!std::isfinite(value)) return "a parameter is not a finite number";
  if (parameters.has_temperature() && parameters.temperature() < 0) return "temperature is negative";
  if (parameters.has_max_tokens() && parameters.max_tokens() < 1) return "max_tokens is less than 1";
  if (parameters.stop_size() > kMaxStopStrings) return "more than 16 stop strings";
  return {};
}

std::string request_fault(const ::llm::LLMRequest& request) {
  if (request.messages().empty() && request.prompt().empty()) return "neither messages nor a prompt";
  if (request.messages_size() > kMaxMessages) return "more than 10000 messages";
  if (request.ByteSizeLong() > static_cast<std::size_t>(kMaxMessageBytes)) return "the request is larger than 4 MB";
  for (const ::llm::Message& message : request.messages())
    if (!is_role(message.role())) return "a message's role is not system, user or assistant";
  return request_fault(request.parameters());
}

}  // namespace

std::string flatten(const std::vector<ChatMessage>& messages) {
  if (messages.size() == 1 && messages[0].role == "user") return messages[0].content;
  std::string text;
  for (const ChatMessage& message : messages) text += message.role + ": " + message.content + "\n";
  return text.empty() ? text : text + "assistant:";
}

::llm::LLMRequest to_proto(const LlmRequest& request) {
  ::llm::LLMRequest out;
  out.set_prompt(request.prompt.empty() ? flatten(request.messages) : request.prompt);
  fill(request.parameters, *out.mutable_parameters());
  for (const ChatMessage& message : request.messages) {
    require_utf8(message.content);
    ::llm::Message& added = *out.add_messages();
    added.set_role(message.role);
    added.set_content(message.content);
  }
  out.set_separate_reasoning(true);
  out.set_model(request.model);
  out.set_session_id(request.session_id);
  out.set_request_id(request.request_id);
  for (const std::string* text : {&out.prompt(), &out.model(), &out.session_id(), &out.request_id()})
    require_utf8(*text);
  return out;
}

LlmRequest from_proto(const ::llm::LLMRequest& request) {
  LlmRequest out;
  for (const ::llm::Message& message : request.messages()) out.messages.push_back({message.role(), message.content()});
  if (out.messages.empty()) out.messages.push_back({"user", request.prompt()});
  out.prompt = request.prompt();
  out.parameters = from_proto(request.parameters());
  out.model = request.model();
  out.session_id = request.session_id();
  out.request_id = request.request_id();
  return out;
}

Usage from_proto(const ::llm::Usage& usage) {
  Usage to{usage.prompt_tokens(), usage.completion_tokens()};
  if (usage.has_cached_prompt_tokens()) to.cached_prompt_tokens = usage.cached_prompt_tokens();
  if (usage.has_reasoning_tokens()) to.reasoning_tokens = usage.reasoning_tokens();
  return to;
}

/// No time is less than nothing.
GenerationTimings from_proto(const ::llm::Timings& timings) {
  const auto told = [](std::int64_t us) { return std::max<std::int64_t>(0, us); };
  return {told(timings.queue_us()), told(timings.prefill_us()), told(timings.decode_us())};
}

grpc::Status check(const ::llm::LLMRequest& request) {
  const std::string fault = request_fault(request);
  return fault.empty() ? grpc::Status::OK : grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, fault);
}

}  // namespace wsdeep::llm
