#include "llm/engine/engine_protocol.h"

#include <optional>

#include "wire/json_fields.h"
#include "wire/json_text.h"

namespace wsdeep::llm {
namespace {

using wire::Json;
using wire::JsonFields;

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

/// How many tokens there are so far, with every piece. OpenAI's own service refuses what it does not know, so it is for
/// those that are known to know it: vLLM's and SGLang's StreamOptions, llama.cpp's server.
void ask_for_counts(Json& body, const std::string& owner) {
  if (owner == "vllm" || owner == "sglang") body["stream_options"]["continuous_usage_stats"] = true;
  if (owner == "llamacpp") body["timings_per_token"] = true;
}

class OpenAiProtocol final : public EngineProtocol {
 public:
  std::string name() const override { return "openai"; }
  std::string generation_path() const override { return "/v1/chat/completions"; }
  std::string models_path() const override { return "/v1/models"; }
  std::string health_path() const override { return "/health"; }

  std::string body(const LlmRequest& request, const std::string& model, const std::string& owner) const override {
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
    ask_for_counts(body, owner);
    // Not OpenAI's own, but vLLM's, SGLang's and llama.cpp's.
    put(body, "top_k", parameters.top_k);
    put(body, "repetition_penalty", parameters.repetition_penalty);
    if (!parameters.stop.empty()) body["stop"] = parameters.stop;
    return wire::compact_json(body);
  }

  std::vector<std::string> models(std::string_view body) const override {
    const Json document = wire::parse_json(body, "the engine's models");
    std::vector<std::string> names;
    for (const Json& model : JsonFields(document).list("data")) names.push_back(JsonFields(model).text("id"));
    return names;
  }

  std::string owner(std::string_view body) const override {
    const Json document = wire::parse_json(body, "the engine's models");
    const Json& models = JsonFields(document).list("data");
    return models.empty() ? "" : JsonFields(models.front()).text_or("owned_by", "");
  }
};

class OllamaProtocol final : public EngineProtocol {
 public:
  std::string name() const override { return "ollama"; }
  std::string generation_path() const override { return "/api/chat"; }
  std::string models_path() const override { return "/api/tags"; }
  std::string health_path() const override { return "/api/version"; }
  std::string pull_path() const override { return "/api/pull"; }
  std::string pull_body(const std::string& model) const override {
    return wire::compact_json({{"model", model}, {"stream", true}});
  }
  /// A name without a tag means the latest one.
  bool is_model(const std::string& listed, const std::string& asked) const override {
    return listed == asked || listed == asked + ":latest";
  }

  std::string body(const LlmRequest& request, const std::string& model, const std::string&) const override {
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

  std::vector<std::string> models(std::string_view body) const override {
    const Json document = wire::parse_json(body, "the engine's models");
    std::vector<std::string> names;
    for (const Json& model : JsonFields(document).list("models")) names.push_back(JsonFields(model).text("name"));
    return names;
  }

  std::string owner(std::string_view) const override { return "ollama"; }
};

}  // namespace

const EngineProtocol& openai_protocol() {
  static const OpenAiProtocol kProtocol;
  return kProtocol;
}

const EngineProtocol& ollama_protocol() {
  static const OllamaProtocol kProtocol;
  return kProtocol;
}

}  // namespace wsdeep::llm
