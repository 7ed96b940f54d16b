#include "stack/settings/bedrock_section.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr std::string_view kNetworkKey = "network.mode";

/// Settings of nodes, and of the way to them.
constexpr std::array<std::string_view, 27> kNodeKeys{"llm.domain",
                                                     "llm.certificate",
                                                     "llm.model_source",
                                                     "llm.weights_gb",
                                                     "llm.image",
                                                     "llm.instance_types.0",
                                                     "llm.gpus.count",
                                                     "llm.capacity",
                                                     "llm.on_demand_base",
                                                     "llm.min",
                                                     "llm.desired",
                                                     "llm.max",
                                                     "llm.start_minutes",
                                                     "llm.volume_gb",
                                                     "llm.context_tokens",
                                                     "llm.slots",
                                                     "llm.queue",
                                                     "llm.target_load",
                                                     "llm.sticky_seconds",
                                                     "llm.drain_seconds",
                                                     "llm.schedule.0",
                                                     "llm.ami",
                                                     "llm.node_package",
                                                     "llm.model_snapshot",
                                                     "llm.warm_pool.nodes",
                                                     "llm.capacity_reservation",
                                                     kNetworkKey};

/// One environment of which that is true.
class BedrockCheck {
 public:
  BedrockCheck(const EnvironmentSettings& settings, const Places& places, Position environment, ReadContext& context)
      : settings_(settings), places_(places), environment_(environment), context_(context) {}

  void require(std::string_view path, const std::string& value, std::string_view what) {
    if (!value.empty() || places_.contains(path)) return;
    context_.report(environment_, fmt::format("'{}' is missing for environment '{}': {}", path, settings_.name, what));
  }
  void refuse(std::string_view path, const std::string& value, const std::string& why) {
    if (!value.empty()) context_.report(at(path), why);
  }
  /// Only told: what is written for all environments is for those that have nodes.
  void tell_of_idle_settings() {
    std::vector<std::string> idle;
    Position first = environment_;
    for (const std::string_view path : kNodeKeys) {
      const auto place = places_.find(path);
      if (place == places_.end() || (path == kNetworkKey && settings_.has_network())) continue;
      if (idle.empty() || place->second < first) first = place->second;
      const std::size_t index = path.find(".0");
      idle.emplace_back(path.substr(0, index));
    }
    if (idle.empty()) return;
    context_.report(first,
                    fmt::format("{} {} nothing for environment '{}': with engine {} there are no nodes",
                                join(idle, ", "), idle.size() == 1 ? "says" : "say", settings_.name,
                                settings_.llm.asks_agent() ? "bedrock-agent" : "bedrock"),
                    {}, Severity::kWarning);
  }

 private:
  Position at(std::string_view path) const {
    const auto place = places_.find(path);
    return place == places_.end() ? environment_ : place->second;
  }

  const EnvironmentSettings& settings_;
  const Places& places_;
  Position environment_;
  ReadContext& context_;
};

}  // namespace

void read_llm_bedrock(SectionReader& reader, LlmSettings& llm) {
  reader.text("agent_id", llm.agent_id, kBedrockAgentId);
  reader.text("agent_alias", llm.agent_alias, kBedrockAgentId);
  reader.text("guardrail", llm.guardrail, kGuardrail);
  reader.text("guardrail_version", llm.guardrail_version, kGuardrailVersion);
}

void check_bedrock(const EnvironmentSettings& settings, const Places& places, Position environment,
                   ReadContext& context) {
  const LlmSettings& llm = settings.llm;
  BedrockCheck check(settings, places, environment, context);
  if (!llm.asks_agent()) {
    const std::string why = "an agent is asked by engine: bedrock-agent alone";
    check.refuse("llm.agent_id", llm.agent_id, why);
    check.refuse("llm.agent_alias", llm.agent_alias, why);
  }
  if (llm.engine != EngineKind::kBedrock)
    check.refuse("llm.guardrail", llm.guardrail,
                 llm.asks_agent() ? "an agent has its own guardrail, which is set where the agent is made"
                                  : "a guardrail is Amazon Bedrock's: it goes with engine: bedrock");
  if (!llm.on_bedrock()) return;
  if (llm.asks_agent()) {
    check.require("llm.agent_id", llm.agent_id, "the id of the agent, ten letters and digits");
    check.require("llm.agent_alias", llm.agent_alias, "the id of the agent's alias");
    check.refuse("llm.system_prompt", llm.system_prompt,
                 "an agent has its own instructions, and is told no system prompt");
  } else {
    check.require("llm.model", llm.model, "the model's id, or an inference profile's, or an ARN");
  }
  if (llm.model.find("prompt-router/") != std::string::npos)
    check.refuse("llm.model", llm.model, "a prompt router is not asked: name the model, or an inference profile");
  check.tell_of_idle_settings();
}

}  // namespace wsdeep::stack
