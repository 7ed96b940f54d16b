#pragma once

#include <chrono>
#include <memory>

#include "aws/bedrock.h"
#include "base/clock.h"
#include "base/env.h"
#include "base/files.h"
#include "chat/ports.h"

namespace wsdeep::handlers {

/// How Bedrock is reached. In Lambda: by the function's own role, in its region. On a developer's machine, where the
/// function's keys are the local system's: as its owner calls AWS, whose variables come with the prefix CALLER_
/// (CALLER_AWS_PROFILE, CALLER_HOME …), in BEDROCK_REGION.
struct BedrockAccess {
  explicit BedrockAccess(const Env& env, const aws::BedrockTarget& target, const Clock& clock);

  DiskFiles files;
  std::unique_ptr<aws::CredentialSource> credentials;
  aws::ClientOptions options;
};

/// A model of Amazon Bedrock's, or an agent, in place of a fleet. Safe to use from several threads.
class BedrockLlm final : public chat::Llm {
 public:
  /// LLM_ENGINE `bedrock`: BEDROCK_MODEL, and BEDROCK_GUARDRAIL with BEDROCK_GUARDRAIL_VERSION if one is to be applied.
  /// `bedrock-agent`: AGENT_ID and AGENT_ALIAS_ID. `clock` must outlive it. Throws Error{kUsage} for what is missing or
  /// wrong.
  BedrockLlm(const Env& env, const Clock& clock);

  std::unique_ptr<chat::LlmReader> start(const LlmRequest& request, std::chrono::milliseconds timeout) override;

 private:
  BedrockAccess access_;
  aws::Bedrock bedrock_;
};

}  // namespace wsdeep::handlers
