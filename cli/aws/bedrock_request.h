#pragma once

#include <string>
#include <string_view>

#include "wire/llm.h"

/// What Amazon Bedrock is asked. Fields and limits are those of Converse and InvokeAgent:
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
/// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_InvokeAgent.html
namespace wsdeep::aws {

/// Who answers: a model, or an agent that has been made of one.
struct BedrockTarget {
  std::string model;           ///< a model's id, an inference profile's, or an ARN; of an agent: empty
  std::string agent_id;        ///< ten letters and digits; of a model: empty
  std::string agent_alias_id;  ///< as above
  std::string guardrail;       ///< of a model: the id or ARN of the guardrail to apply, or empty
  std::string guardrail_version{"DRAFT"};

  bool is_agent() const { return !agent_id.empty(); }
};

/// Throws Error{kUsage} that says what is wrong.
void validate(const BedrockTarget& target);
/// Of `AGENT/ALIAS`, as a person writes it. Throws as above.
BedrockTarget parse_agent(std::string_view text);

/// The path, percent-encoded: `/model/ID/converse-stream`, `/agents/ID/agentAliases/ID/sessions/ID/text`.
std::string bedrock_path(const BedrockTarget& target, const LlmRequest& request);

/// The body. A model is sent the whole conversation; an agent the last question alone, since it keeps the session's
/// history itself. Throws Error{kUsage} when there is no question.
///
/// Converse takes no more than these parameters: temperature (0 to 1; above is 1), topP, maxTokens, stop, and topK of
/// Anthropic's models and Amazon's; an agent has its own. The others are left out.
std::string bedrock_body(const BedrockTarget& target, const LlmRequest& request);

/// What the chat is called as an agent's session. With an owner it is the hash of owner, line break and chat, so that
/// nobody who learns or chooses a chat's id comes into another's session; without one the chat itself when Bedrock
/// allows that, else its hash. Without a chat: a name that nothing else has.
std::string agent_session_id(const std::string& owner, const std::string& chat_id);

}  // namespace wsdeep::aws
