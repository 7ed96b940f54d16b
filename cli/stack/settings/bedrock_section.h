#pragma once

#include "stack/settings/reader.h"
#include "stack/settings/settings.h"

/// Where Amazon Bedrock answers instead of nodes. Private to this folder.
namespace wsdeep::stack {

void read_llm_bedrock(SectionReader& reader, LlmSettings& llm);

/// What engine, model and agent need, and what does not go with them. `environment`: where the environment is written;
/// what is written before it is for others too, whose engine may be another.
void check_bedrock(const EnvironmentSettings& settings, const Places& places, Position environment,
                   ReadContext& context);

}  // namespace wsdeep::stack
