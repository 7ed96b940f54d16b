#pragma once

#include <string>
#include <vector>

#include "stack/settings/initial_settings.h"

/// What a service may have beside the chat, and who answers in it: what `wsdeep init` asks of both, and what the
/// answers make. Private to this folder.
namespace wsdeep::stack {

std::vector<Question> feature_questions();
std::vector<Question> engine_questions();

/// Whether some environment has nodes of its own, and not Amazon Bedrock.
bool has_nodes(const InitAnswers& answers);
/// Whether some environment has anything in a VPC.
bool needs_network(const InitAnswers& answers);
/// The model that Bedrock is asked by default: by the inference profile of the region's part of the world. Empty where
/// none is known.
std::string standard_bedrock_model(const std::string& region);

/// `rest_chat`, `web`, `lab` and `backend` for all environments, as comments where nobody wants them.
std::string common_features(const InitAnswers& answers);
/// The same of one environment that has something else.
std::string own_features(const InitAnswers& answers, const std::string& environment);
/// The section `llm` where no environment has nodes.
std::string bedrock_section(const InitAnswers& answers);
/// The agent's lines in the section `llm` of one environment, when the section at the top does not have them.
std::string own_agent(const InitAnswers& answers, const std::string& environment);

}  // namespace wsdeep::stack
