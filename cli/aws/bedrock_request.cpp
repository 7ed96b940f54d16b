#include "aws/bedrock_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/encoding.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "wire/json_fields.h"

namespace wsdeep::aws {
namespace {

using wire::Json;

constexpr std::size_t kMaxModelId = 2048;
constexpr std::size_t kMaxAgentId = 10;

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_agent_part(std::string_view id) {
  return !id.empty() && id.size() <= kMaxAgentId && std::all_of(id.begin(), id.end(), is_alphanumeric);
}

bool is_session_id(std::string_view id) {
  return id.size() >= 2 && id.size() <= 100 && std::all_of(id.begin(), id.end(), [](char c) {
           return is_alphanumeric(c) || c == '.' || c == '_' || c == ':' || c == '-';
         });
}

/// Converse refuses a text that is blank.
bool says_something(const ChatMessage& message) {
  return !trim(message.content).empty();
}

/// Roles take turns, and the first one is the user's: two messages of one role become one of two blocks.
Json turns_of(const LlmRequest& request) {
  Json turns = Json::array();
  for (const ChatMessage& message : request.messages) {
    if (message.role == "system" || !says_something(message)) continue;
    if (turns.empty() && message.role != "user") continue;
    if (turns.empty() || turns.back()["role"] != message.role)
      turns.push_back({{"role", message.role}, {"content", Json::array()}});
    turns.back()["content"].push_back({{"text", message.content}});
  }
  return turns;
}

Json system_of(const LlmRequest& request) {
  Json blocks = Json::array();
  for (const ChatMessage& message : request.messages)
    if (message.role == "system" && says_something(message)) blocks.push_back({{"text", message.content}});
  return blocks;
}

Json inference_config(const GenerationParameters& parameters) {
  Json config = Json::object();
  if (parameters.max_tokens) config["maxTokens"] = *parameters.max_tokens;
  if (parameters.temperature) config["temperature"] = std::min(*parameters.temperature, 1.0);
  if (parameters.top_p) config["topP"] = *parameters.top_p;
  if (!parameters.stop.empty()) config["stopSequences"] = parameters.stop;
  return config;
}

/// What is no field of Converse goes to the model as it calls it itself.
Json model_fields(std::string_view model, const GenerationParameters& parameters) {
  if (!parameters.top_k) return nullptr;
  if (model.find("anthropic.") != std::string_view::npos) return {{"top_k", *parameters.top_k}};
  if (model.find("amazon.nova") != std::string_view::npos) return {{"inferenceConfig", {{"topK", *parameters.top_k}}}};
  return nullptr;
}

std::string converse_body(const BedrockTarget& target, const LlmRequest& request) {
  Json body = Json::object();
  body["messages"] = turns_of(request);
  if (body["messages"].empty() || body["messages"].back()["role"] != "user")
    throw Error(ErrorKind::kUsage, "there is no question to ask");
  if (Json system = system_of(request); !system.empty()) body["system"] = std::move(system);
  if (Json config = inference_config(request.parameters); !config.empty()) body["inferenceConfig"] = std::move(config);
  if (Json fields = model_fields(target.model, request.parameters); !fields.is_null())
    body["additionalModelRequestFields"] = std::move(fields);
  if (!target.guardrail.empty())
    body["guardrailConfig"] = {{"guardrailIdentifier", target.guardrail},
                               {"guardrailVersion", target.guardrail_version}};
  return wire::dump_json(body);
}

std::string agent_body(const LlmRequest& request) {
  const auto last = std::find_if(request.messages.rbegin(), request.messages.rend(),
                                 [](const ChatMessage& message) { return message.role == "user"; });
  if (last == request.messages.rend() || !says_something(*last))
    throw Error(ErrorKind::kUsage, "there is no question to ask");
  // Traces say what tokens were used, and whether a guardrail stepped in; nothing else does.
  return wire::dump_json({{"inputText", last->content},
                          {"enableTrace", true},
                          {"streamingConfigurations", {{"streamFinalResponse", true}}}});
}

}  // namespace

BedrockTarget parse_agent(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  BedrockTarget target;
  target.agent_id = text.substr(0, slash);
  target.agent_alias_id = text.substr(std::min(slash + 1, text.size()));
  if (target.agent_id.empty() || target.agent_alias_id.empty())
    throw Error(ErrorKind::kUsage, "expected an agent's id and its alias's id, such as AGENT12345/ALIAS12345");
  validate(target);
  return target;
}

void validate(const BedrockTarget& target) {
  if (!target.is_agent() && target.model.empty())
    throw Error(ErrorKind::kUsage, "there is no model to ask",
                "name one, such as anthropic.claude-3-5-haiku-20241022-v1:0, an inference profile or an ARN");
  if (target.is_agent() && !target.model.empty())
    throw Error(ErrorKind::kUsage, "an agent has its own model: name one or the other");
  if (target.is_agent() && !(is_agent_part(target.agent_id) && is_agent_part(target.agent_alias_id)))
    throw Error(ErrorKind::kUsage,
                "an agent is named by its id and its alias's id, at most ten letters and digits each",
                "`aws bedrock-agent list-agent-aliases --agent-id ID` lists them");
  const bool is_model_id =
      target.model.size() <= kMaxModelId && std::all_of(target.model.begin(), target.model.end(), [](char c) {
        return is_alphanumeric(c) || std::string_view(".:-_/").find(c) != std::string_view::npos;
      });
  if (!is_model_id)
    throw Error(ErrorKind::kUsage, "expected a model's id, an inference profile's, or an ARN",
                "`aws bedrock list-foundation-models` lists the models");
}

std::string agent_session_id(const std::string& owner, const std::string& chat_id) {
  if (chat_id.empty()) return random_uuid();
  if (!owner.empty()) return hex(sha256(owner + "\n" + chat_id));
  return is_session_id(chat_id) ? chat_id : hex(sha256(chat_id));
}

std::string bedrock_path(const BedrockTarget& target, const LlmRequest& request) {
  if (!target.is_agent()) return fmt::format("/model/{}/converse-stream", percent_encode(target.model));
  return fmt::format("/agents/{}/agentAliases/{}/sessions/{}/text", target.agent_id, target.agent_alias_id,
                     percent_encode(agent_session_id(request.session_owner, request.session_id)));
}

std::string bedrock_body(const BedrockTarget& target, const LlmRequest& request) {
  return target.is_agent() ? agent_body(request) : converse_body(target, request);
}

}  // namespace wsdeep::aws
