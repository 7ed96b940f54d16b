#include "stack/settings/initial_features.h"

#include <fmt/format.h>

#include <algorithm>

#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

bool is_engine(std::string_view value) {
  return value == "vllm" || value == "ollama" || value == "bedrock" || value == "bedrock-agent";
}

const Rule kYesOrNoFeature{"yes or no", [](std::string_view v) { return v == "yes" || v == "no"; }};
const Rule kEngineOrBedrock{"vllm, ollama, bedrock or bedrock-agent", is_engine};
constexpr const char* kFeatures = "Beside the chat";

Question yes_or_no(std::string_view key, std::string_view flag, std::string_view text) {
  return {.key = key, .flag = flag, .topic = kFeatures, .text = text, .rule = kYesOrNoFeature, .standard = "no"};
}

std::string standard_secret(const InitAnswers& answers, std::string_view environment) {
  return answers.get("backend.url", environment).empty() ? "" : answers.get("project") + "/backend";
}

bool asks_agent(const InitAnswers& answers) {
  return answers.any("llm.engine", "bedrock-agent");
}

/// What a setting of yes and no is called in the file, and what it is there for.
struct Switch {
  const char* key;
  const char* words;
};
constexpr Switch kSwitches[] = {
    {"rest_chat", "true: questions over HTTP, too, with answers as server-sent events"},
    {"web", "true: a page to chat on; people sign in on it by auth.exchange"},
    {"lab", "true: terminals that people work in: wsdeep lab"},
};

const char* truth(const std::string& answer) {
  return answer == "yes" ? "true" : "false";
}

/// Which environments have one cannot be said at the top: an environment cannot take it away.
bool has_common_backend(const InitAnswers& answers) {
  return !answers.get("backend.url").empty() && !answers.any("backend.url", "");
}

/// Empty where there is no answer.
std::string engine_line(const InitAnswers& answers, const std::string& environment, std::string_view indent,
                        const char* name) {
  const std::string value = answers.get(fmt::format("llm.{}", name), environment);
  if (value.empty()) return {};
  const bool may_be_number = value.front() >= '0' && value.front() <= '9';
  return fmt::format("{}{}: {}\n", indent, name, may_be_number ? yaml_quoted(value) : value);
}

std::string agent_lines(const InitAnswers& answers, const std::string& environment, std::string_view indent) {
  return engine_line(answers, environment, indent, "agent_id") +
         engine_line(answers, environment, indent, "agent_alias");
}

/// Whether an agent can be said at the top: another engine refuses it there, and an environment that has none cannot
/// take it away.
bool has_common_agent(const InitAnswers& answers) {
  const auto is_everywhere = [&](const char* key) { return !answers.get(key).empty() && !answers.any(key, ""); };
  return answers.get("llm.engine") == "bedrock-agent" && answers.all("llm.engine", "bedrock-agent") &&
         is_everywhere("llm.agent_id") && is_everywhere("llm.agent_alias");
}

std::string backend(const InitAnswers& answers, const std::string& environment, std::string_view indent) {
  std::string out = fmt::format("{0}backend:\n{0}  url: {1}\n", indent, answers.get("backend.url", environment));
  const std::string secret = answers.get("backend.signing_secret", environment);
  if (!secret.empty()) out += fmt::format("{}  signing_secret: {}\n", indent, yaml_quoted(secret));
  return out;
}

}  // namespace

std::vector<Question> feature_questions() {
  return {
      yes_or_no("rest_chat", "rest-chat", "questions over HTTP, too"),
      yes_or_no("web", "web", "a web page to chat on"),
      yes_or_no("lab", "lab", "a lab: terminals that people work in"),
      {.key = "backend.url",
       .flag = "backend",
       .topic = kFeatures,
       .text = "URL of a backend of your own",
       .rule = kBackendUrl,
       .applies = [](const InitAnswers& answers) { return !answers.any("lab", "yes"); }},
      {.key = "backend.signing_secret",
       .flag = "backend-secret",
       .topic = kFeatures,
       .text = "Secrets Manager secret that its requests are signed with",
       .rule = kSecretName,
       .derived = standard_secret,
       .applies = [](const InitAnswers& answers) { return answers.has("backend.url"); }},
  };
}

std::vector<Question> engine_questions() {
  return {
      {.key = "llm.engine",
       .flag = "engine",
       .topic = "Engine",
       .text = "vllm or ollama on nodes of your own, bedrock, or bedrock-agent",
       .rule = kEngineOrBedrock,
       .standard = "vllm"},
      {.key = "llm.agent_id",
       .flag = "agent-id",
       .topic = "Engine",
       .text = "id of the agent",
       .rule = kBedrockAgentId,
       .applies = asks_agent},
      {.key = "llm.agent_alias",
       .flag = "agent-alias",
       .topic = "Engine",
       .text = "id of the agent's alias",
       .rule = kBedrockAgentId,
       .applies = asks_agent},
  };
}

bool has_nodes(const InitAnswers& answers) {
  return answers.any("llm.engine", "vllm") || answers.any("llm.engine", "ollama");
}

bool needs_network(const InitAnswers& answers) {
  return has_nodes(answers) || answers.any("lab", "yes");
}

std::string standard_bedrock_model(const std::string& region) {
  const std::string part = region.substr(0, region.find('-'));
  // Its inference profiles are others (us-gov.…), and none of Nova's is known.
  if (region.starts_with("us-gov-")) return {};
  const char* const world = part == "us" ? "us." : part == "eu" ? "eu." : part == "ap" ? "apac." : "";
  return fmt::format("{}amazon.nova-lite-v1:0", world);
}

std::string common_features(const InitAnswers& answers) {
  std::string out;
  for (const auto& [key, words] : kSwitches) {
    const std::string line = fmt::format("{}: {}", key, truth(answers.get(key)));
    out += fmt::format("{:<32}# {}\n", line, words);
  }
  if (has_common_backend(answers)) return out + backend(answers, {}, "");
  return out + fmt::format(R"(# backend:                      # a server of your own behind the WebSocket API
#   url: https://labs.example.com
#   signing_secret: {}/backend # the name of a Secrets Manager secret, never the secret itself
)",
                           answers.get("project"));
}

std::string own_features(const InitAnswers& answers, const std::string& environment) {
  std::string out;
  for (const auto& [key, words] : kSwitches)
    if (const std::string own = answers.get(key, environment); own != answers.get(key))
      out += fmt::format("    {}: {}\n", key, truth(own));
  if (answers.get("backend.url", environment).empty()) return out;
  const bool is_other = answers.get("backend.url", environment) != answers.get("backend.url") ||
                        answers.get("backend.signing_secret", environment) != answers.get("backend.signing_secret");
  return is_other || !has_common_backend(answers) ? out + backend(answers, environment, "    ") : out;
}

std::string bedrock_section(const InitAnswers& answers) {
  const bool is_agent = answers.get("llm.engine") == "bedrock-agent";
  return fmt::format("llm:\n  engine: {:<22}# of Amazon Bedrock; vllm and ollama are on nodes of your own\n",
                     answers.get("llm.engine")) +
         (has_common_agent(answers) ? agent_lines(answers, {}, "  ") : engine_line(answers, {}, "  ", "model")) +
         (is_agent ? ""
                   : "  # guardrail: abc123def456\n"
                     "  # system_prompt: You are a helpful assistant.\n") +
         "\n";
}

std::string own_agent(const InitAnswers& answers, const std::string& environment) {
  if (answers.get("llm.engine", environment) != "bedrock-agent") return {};
  const std::string own = agent_lines(answers, environment, "      ");
  return has_common_agent(answers) && own == agent_lines(answers, {}, "      ") ? std::string() : own;
}

}  // namespace wsdeep::stack
