#pragma once

#include <chrono>
#include <memory>

#include "aws/bedrock.h"
#include "base/clock.h"
#include "base/env.h"
#include "chat/ports.h"
#include "handlers/config.h"

namespace wsdeep::handlers {

/// A model of Amazon Bedrock's, or an agent, in place of a fleet. Safe to use from several threads.
class BedrockLlm final : public chat::Llm {
 public:
  /// LLM_ENGINE `bedrock`: BEDROCK_MODEL, and BEDROCK_GUARDRAIL with BEDROCK_GUARDRAIL_VERSION if one is to be applied.
  /// `bedrock-agent`: AGENT_ID and AGENT_ALIAS_ID. `clock` must outlive it. Throws Error{kUsage} for what is missing or
  /// wrong.
  BedrockLlm(const Env& env, const Clock& clock);

  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override;

 private:
  aws::StaticCredentials credentials_;
  aws::Bedrock bedrock_;
};

}  // namespace wsdeep::handlers
