#pragma once

#include "aws/bedrock_request.h"
#include "llm/client/generate.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// How AWS is called: as everywhere, by flags, else by the environment and the profile.
struct BedrockCaller {
  std::string region;
  std::string profile;
};

/// As llm::generate, by Amazon Bedrock.
llm::LlmOutcome generate_by_bedrock(const aws::BedrockTarget& target, const BedrockCaller& caller, Context& context,
                                    const LlmRequest& request, const llm::GenerateCall& call);

}  // namespace wsdeep::commands
