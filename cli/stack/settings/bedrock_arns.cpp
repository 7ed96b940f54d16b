#include "stack/settings/bedrock_arns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace wsdeep::stack {
namespace {

/// What the id of an inference profile begins with: where its model may run.
/// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
constexpr std::array<std::string_view, 15> kGeographies{
    "us.", "us-gov.", "eu.", "apac.", "global.", "jp.", "au.", "ca.", "sa.", "me.", "af.", "il.", "in.", "kr.", "mx."};

constexpr std::string_view kProfilePart = "inference-profile/";

/// The model of a profile's id; empty of an id that is a model's own.
std::string_view model_of_profile(std::string_view id) {
  const auto found = std::find_if(kGeographies.begin(), kGeographies.end(),
                                  [&](std::string_view geography) { return id.starts_with(geography); });
  return found == kGeographies.end() ? std::string_view() : id.substr(found->size());
}

/// The last part of an ARN: `inference-profile/ID`.
std::string_view resource_of(std::string_view arn) {
  for (int colons = 0; colons < 5; ++colons) {
    const std::size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return arn;
}

std::string foundation_models(std::string_view id) {
  return fmt::format("arn:${{AWS::Partition}}:bedrock:*::foundation-model/{}", id);
}

}  // namespace

std::string bedrock_model_arn(std::string_view model) {
  if (model.starts_with("arn:")) return std::string(model);
  if (!model_of_profile(model).empty())
    return fmt::format("arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}:${{AWS::AccountId}}:inference-profile/{}",
                       model);
  return fmt::format("arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}::foundation-model/{}", model);
}

bool is_inference_profile(std::string_view model) {
  return model.starts_with("arn:") ? resource_of(model).find(kProfilePart) != std::string_view::npos
                                   : !model_of_profile(model).empty();
}

std::optional<std::string> foundation_model_of(std::string_view model) {
  constexpr std::string_view kModelPart = "foundation-model/";
  std::string_view id = model;
  if (model.starts_with("arn:")) {
    const std::string_view resource = resource_of(model);
    if (resource.starts_with(kModelPart)) return std::string(resource.substr(kModelPart.size()));
    if (!resource.starts_with(kProfilePart)) return std::nullopt;
    id = resource.substr(kProfilePart.size());
  }
  const std::string_view behind = model_of_profile(id);
  return std::string(behind.empty() ? id : behind);
}

std::optional<std::string> models_behind_profile(std::string_view model) {
  const bool is_arn = model.starts_with("arn:");
  const std::string_view resource = is_arn ? resource_of(model) : std::string_view();
  // Which model an application's own profile is of, its ARN does not say.
  if (resource.starts_with("application-inference-profile/")) return foundation_models("*");
  if (is_arn && !resource.starts_with(kProfilePart)) return std::nullopt;
  const std::string_view id = model_of_profile(is_arn ? resource.substr(kProfilePart.size()) : model);
  return id.empty() ? std::nullopt : std::optional(foundation_models(id));
}

std::string bedrock_guardrail_arn(std::string_view guardrail) {
  if (guardrail.starts_with("arn:")) return std::string(guardrail);
  return fmt::format("arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}:${{AWS::AccountId}}:guardrail/{}", guardrail);
}

std::string bedrock_agent_arn(const LlmSettings& llm) {
  return fmt::format("arn:${{AWS::Partition}}:bedrock:${{AWS::Region}}:${{AWS::AccountId}}:agent-alias/{}/{}",
                     llm.agent_id, llm.agent_alias);
}

}  // namespace wsdeep::stack
