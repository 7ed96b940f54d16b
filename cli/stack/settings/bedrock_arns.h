#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "stack/settings/settings.h"

/// What a policy names, where Amazon Bedrock is asked. Resources and conditions are those of
/// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html
namespace wsdeep::stack {

/// The model's ARN, or the inference profile's, as `!Sub` takes it.
std::string bedrock_model_arn(std::string_view model);
/// What an inference profile leads to, in whatever region: that too has to be allowed, when it is asked by the profile
/// (the condition bedrock:InferenceProfileArn). Nothing of a model that is asked itself.
std::optional<std::string> models_behind_profile(std::string_view model);
/// The id of the foundation model that is asked in the end; nothing where the setting does not say it, as an
/// application's own profile, or a model of one's own.
std::optional<std::string> foundation_model_of(std::string_view model);
/// Whether it is asked through an inference profile, in whatever region that chooses.
bool is_inference_profile(std::string_view model);
/// As `!Sub` takes them.
std::string bedrock_guardrail_arn(std::string_view guardrail);
std::string bedrock_agent_arn(const LlmSettings& llm);

}  // namespace wsdeep::stack
