#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands/command.h"
#include "local/system.h"
#include "terminal/context.h"

namespace wsdeep::commands {

/// Amazon Bedrock in place of a node.
struct LocalBedrock {
  std::string model;
  std::string agent;  ///< AGENT/ALIAS
  std::string region;

  bool wanted() const { return !model.empty() || !agent.empty(); }
  /// Each option with its value, which may be empty.
  std::vector<std::pair<const char*, std::string>> as_given() const {
    return {{"--bedrock-model", model}, {"--bedrock-agent", agent}, {"--bedrock-region", region}};
  }
};

/// `--bedrock-model`, `--bedrock-agent`, `--bedrock-region`, which go with none of the options of a node.
void add_bedrock_options(const Command& command, LocalBedrock& options, const std::string& group);

/// How the local system asks Bedrock: as the caller of this command calls AWS. Nothing when it is not wanted. Throws
/// Error{kUsage} for a wrong name or a missing region, Error{kRefused} without credentials.
std::optional<local::BedrockOptions> bedrock_of(const LocalBedrock& options, Context& context);

}  // namespace wsdeep::commands
