#include "commands/local/bedrock.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "aws/bedrock_request.h"
#include "aws/call_settings.h"
#include "aws/credential_chain.h"
#include "base/error.h"
#include "commands/not_empty.h"

namespace wsdeep::commands {
namespace {

/// What says how AWS is called, beside AWS's own variables: where the profiles are, what a program of a profile needs,
/// and the way out.
bool tells_of_caller(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{
      "HOME", "PATH", "USER", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "NO_PROXY", "no_proxy", "TMPDIR"};
  return name.starts_with("AWS_") || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

void add_bedrock_options(const Command& command, LocalBedrock& options, const std::string& group) {
  const Option model = command
                           .add_option("--bedrock-model", options.model,
                                       "Amazon Bedrock instead of a node: a model's id, an inference profile or an ARN")
                           .check(not_empty)
                           .group(group);
  const Option agent =
      command.add_option("--bedrock-agent", options.agent, "an agent of Amazon Bedrock: AGENT/ALIAS, their ids")
          .check(not_empty)
          .group(group);
  command.add_option("--bedrock-region", options.region, "where; without it the region of your own AWS settings")
      .check(not_empty)
      .group(group);
  model.excludes(agent);
  for (const char* other : {"--llm", "--engine", "--sim"}) {
    model.excludes(other);
    agent.excludes(other);
  }
}

std::optional<local::BedrockOptions> bedrock_of(const LocalBedrock& options, Context& context) {
  if (!options.wanted()) {
    if (options.region.empty()) return std::nullopt;
    throw Error(ErrorKind::kUsage, "--bedrock-region is for --bedrock-model or --bedrock-agent");
  }
  aws::BedrockTarget target;
  if (options.agent.empty())
    target.model = options.model;
  else
    target = aws::parse_agent(options.agent);
  aws::validate(target);
  const std::string region =
      options.region.empty() ? aws::configured_region(context.env, context.files).value_or("") : options.region;
  if (region.empty())
    throw Error(ErrorKind::kUsage, "the region of Bedrock is not known", "pass --bedrock-region or set AWS_REGION");
  // What is wrong with the credentials is better told now than by the first answer.
  aws::CredentialChain(context.env, context.files, context.clock).get();
  local::BedrockOptions made{target.model, target.agent_id, target.agent_alias_id, region, {}};
  for (const auto& [name, value] : context.env.all())
    if (tells_of_caller(name)) made.caller.emplace(name, value);
  return made;
}

}  // namespace wsdeep::commands
