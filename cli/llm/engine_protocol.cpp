#include "llm/engine_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/display.h"
#include "base/error.h"
#include "base/printable.h"
#include "base/text.h"
#include "wire/json_fields.h"
#include "wire/json_text.h"

namespace wsdeep::llm {
namespace {

using wire::Json;
using wire::JsonFields;

constexpr std::string_view kOpen = "<think>\n";
constexpr std::string_view kClose = "\n</think>\n\n";
constexpr std::size_t kMostErrorColumns = 300;

Json messages_of(const LlmRequest& request) {
  Json messages = Json::array();
  for (const ChatMessage& message : request.messages)
    messages.push_back({{"role", message.role}, {"content", message.content}});
  return messages;
}

template <typename Value>
void put(Json& object, const char* name, const std::optional<Value>& value) {
  if (value) object[name] = *value;
}

/// `{"error": "…"}`, `{"error": {"message": "…"}}`, `{"message": "…"}`: engines differ.
std::optional<std::string> error_of(const JsonFields& fields) {
  const Json* error = fields.find("error");
  if (error != nullptr && error->is_string()) return error->get<std::string>();
  if (error != nullptr && error->is_object()) return JsonFields(*error).text_or("message", "unknown error");
  if (error != nullptr || fields.text_or("object", "") == "error") return fields.text_or("message", "unknown error");
  return std::nullopt;
}

class OpenAiProtocol final : public EngineProtocol {
 public:
  std::string name() const override { return "openai"; }
  std::string generation_path() const override { return "/v1/chat/completions"; }
  std::string models_path() const override { return "/v1/models"; }
  std::string health_path() const override { return "/health"; }

  std::string body(const LlmRequest& request, const std::string& model) const override {
    const GenerationParameters& parameters = request.parameters;
    Json body = {{"model", model},
                 {"messages", messages_of(request)},
                 {"stream", true},
                 {"stream_options", {{"include_usage", true}}}};
    put(body, "temperature", parameters.temperature);
    put(body, "max_tokens", parameters.max_tokens);
    put(body, "top_p", parameters.top_p);
    put(body, "presence_penalty", parameters.presence_penalty);
    put(body, "frequency_penalty", parameters.frequency_penalty);
    put(body, "seed", parameters.seed);
    // Not OpenAI's own, but vLLM's, SGLang's and llama.cpp's.
    put(body, "top_k", parameters.top_k);
    put(body, "repetition_penalty", parameters.repetition_penalty);
    if (!parameters.stop.empty()) body["stop"] = parameters.stop;
    return wire::compact_json(body);
  }

  /// A server-sent event is `data: ` and a document on one line; comments keep the connection awake.
  void read_line(std::string_view line, StreamedAnswer& answer) const override {
    constexpr std::string_view kData = "data:";
    if (!line.starts_with(kData)) return;
    line = trim(line.substr(kData.size()));
    if (line == "[DONE]") return;
    const Json document = wire::parse_json(line, "an event of the engine");
    const JsonFields fields(document);
    if ((answer.error = error_of(fields))) return;
    if (const auto usage = fields.object_if("usage"))
      answer.usage = {usage->integer_or("prompt_tokens", 0), usage->integer_or("completion_tokens", 0)};
    const Json* choices = fields.find("choices");
    if (choices == nullptr || !choices->is_array() || choices->empty()) return;
    read_choice(JsonFields(choices->front()), answer);
  }

  std::vector<std::string> models(std::string_view body) const override {
    const Json document = wire::parse_json(body, "the engine's models");
    std::vector<std::string> names;
    for (const Json& model : JsonFields(document).list("data")) names.push_back(JsonFields(model).text("id"));
    return names;
  }

 private:
  static void read_choice(const JsonFields& choice, StreamedAnswer& answer) {
    if (const auto delta = choice.object_if("delta")) {
      const std::string reasoning = delta->text_or("reasoning_content", delta->text_or("reasoning", ""));
      if (!reasoning.empty()) answer.add_reasoning(reasoning);
      answer.add_text(delta->text_or("content", ""));
    }
    answer.finish_reason = choice.text_or("finish_reason", answer.finish_reason);
  }
};

class OllamaProtocol final : public EngineProtocol {
 public:
  std::string name() const override { return "ollama"; }
  std::string generation_path() const override { return "/api/chat"; }
  std::string models_path() const override { return "/api/tags"; }
  std::string health_path() const override { return "/api/version"; }

  std::string body(const LlmRequest& request, const std::string& model) const override {
    const GenerationParameters& parameters = request.parameters;
    Json options = Json::object();
    put(options, "temperature", parameters.temperature);
    put(options, "num_predict", parameters.max_tokens);
    put(options, "top_p", parameters.top_p);
    put(options, "top_k", parameters.top_k);
    put(options, "presence_penalty", parameters.presence_penalty);
    put(options, "frequency_penalty", parameters.frequency_penalty);
    put(options, "repeat_penalty", parameters.repetition_penalty);
    put(options, "seed", parameters.seed);
    if (!parameters.stop.empty()) options["stop"] = parameters.stop;
    return wire::compact_json(
        {{"model", model}, {"messages", messages_of(request)}, {"stream", true}, {"options", options}});
  }

  void read_line(std::string_view line, StreamedAnswer& answer) const override {
    line = trim(line);
    if (line.empty()) return;
    const Json document = wire::parse_json(line, "a line of the engine");
    const JsonFields fields(document);
    if ((answer.error = error_of(fields))) return;
    if (const auto message = fields.object_if("message")) {
      const std::string reasoning = message->text_or("thinking", "");
      if (!reasoning.empty()) answer.add_reasoning(reasoning);
      answer.add_text(message->text_or("content", ""));
    }
    if (!fields.boolean_or("done", false)) return;
    answer.finish_reason = fields.text_or("done_reason", "stop");
    answer.usage = {fields.integer_or("prompt_eval_count", 0), fields.integer_or("eval_count", 0)};
  }

  std::vector<std::string> models(std::string_view body) const override {
    const Json document = wire::parse_json(body, "the engine's models");
    std::vector<std::string> names;
    for (const Json& model : JsonFields(document).list("models")) names.push_back(JsonFields(model).text("name"));
    return names;
  }
};

}  // namespace

void StreamedAnswer::add_reasoning(std::string_view text) {
  chunks_.push_back({fmt::format("{}{}", thinks_ ? "" : kOpen, text), true});
  thinks_ = true;
}

void StreamedAnswer::add_text(std::string_view text) {
  if (text.empty()) return;
  if (std::exchange(thinks_, false)) chunks_.push_back({std::string(kClose), true});
  chunks_.push_back({std::string(text), false});
}

const EngineProtocol& openai_protocol() {
  static const OpenAiProtocol kProtocol;
  return kProtocol;
}

const EngineProtocol& ollama_protocol() {
  static const OllamaProtocol kProtocol;
  return kProtocol;
}

std::string error_words(std::string_view body) {
  try {
    const Json document = wire::parse_json(body, "error");
    const JsonFields fields(document);
    std::string words = error_of(fields).value_or(fields.text_or("message", fields.text_or("detail", "")));
    std::replace(words.begin(), words.end(), '\n', ' ');
    return cut_end(strip_control(words), kMostErrorColumns);
  } catch (const Error&) {
    return {};  // a page of some proxy says nothing that its status does not
  }
}

}  // namespace wsdeep::llm
