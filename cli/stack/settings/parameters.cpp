#include "stack/settings/parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "stack/settings/gpu_sizing.h"
#include "stack/settings/lab_section.h"
#include "stack/settings/samconfig.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

std::string number(std::int64_t value) {
  return std::to_string(value);
}

std::string boolean(bool value) {
  return value ? "true" : "false";
}

/// The engines' own images, pinned to a release that serves the models of gpu_sizing.cpp.
std::string engine_image(const LlmSettings& llm) {
  if (!llm.image.empty()) return llm.image;
  return llm.engine == EngineKind::kVllm ? "docker.io/vllm/vllm-openai:v0.30.0" : "docker.io/ollama/ollama:0.6.8";
}

void add_common(const EnvironmentSettings& s, std::vector<Parameter>& out) {
  out.push_back({"Project", s.project});
  out.push_back({"EnvironmentName", s.name});
  out.push_back({"LogRetentionDays", number(s.log_retention_days)});
  out.push_back({"FunctionMemory", number(s.functions.memory_mb)});
  out.push_back({"GenerateMemory", number(s.functions.generate_memory_mb)});
  out.push_back({"AllowedOrigins", join(s.allowed_origins, ",")});
  out.push_back({"TokenInQuery", boolean(s.auth.token_in_query)});
  out.push_back({"ConnectionTtlSeconds", number(s.limits.connection_ttl_seconds)});
  out.push_back({"ChatRetentionSeconds", number(s.limits.chat_retention_seconds)});
  out.push_back({"CoalesceMs", number(s.limits.coalesce_ms)});
  out.push_back({"RequestsPerSecond", number(s.limits.requests_per_second)});
  out.push_back({"BurstRequests", number(s.limits.burst)});
  out.push_back({"AlarmEmail", s.alarm_email});
  out.push_back({"MonthlyBudgetUsd", number(s.monthly_budget_usd)});
}

void add_exchange(const AuthSettings& auth, const ExchangeSettings& exchange, std::vector<Parameter>& out) {
  out.push_back({"AuthUrl", exchange.url});
  out.push_back({"AuthCookieDomain", exchange.domain});
  out.push_back({"AuthRedirectUrls", join(exchange.redirect_urls, ",")});
  out.push_back({"AuthLogoutUrls", join(exchange.logout_urls, ",")});
  if (auth.makes_pool()) return;
  out.push_back({"AuthHostedUi", exchange.hosted_ui});
  out.push_back({"AuthClientId", exchange.client_id.empty() && !auth.client_ids.empty() ? auth.client_ids.front()
                                                                                        : exchange.client_id});
  out.push_back({"AuthClientSecretName", exchange.client_secret});
}

void add_auth(const AuthSettings& auth, std::vector<Parameter>& out) {
  out.push_back({"UserPool", auth.user_pool});
  out.push_back({"UserPoolClient", join(auth.client_ids, ",")});
  out.push_back({"HostedUiPrefix", auth.hosted_ui_prefix});
  if (auth.exchange) add_exchange(auth, *auth.exchange, out);
  if (!auth.google) return;
  out.push_back({"GoogleClientId", auth.google->client_id});
  out.push_back({"GoogleClientSecretName", auth.google->client_secret});
}

void add_network(const EnvironmentSettings& s, std::vector<Parameter>& out) {
  out.push_back({"Vpc", s.network.vpc});
  out.push_back({"PrivateSubnets", join(s.network.subnets, ",")});
  if (s.network.zones.size() == 2) {
    out.push_back({"ZoneA", s.network.zones[0]});
    out.push_back({"ZoneB", s.network.zones[1]});
  }
  if (const auto& groups = s.network.security_groups; groups && !s.llm.on_bedrock()) {
    out.push_back({"GenerateSecurityGroup", groups->generate});
    out.push_back({"LoadBalancerSecurityGroup", groups->load_balancer});
    out.push_back({"NodeSecurityGroup", groups->nodes});
  }
  if (!s.domain) return;
  out.push_back({"DomainName", s.domain->name});
  out.push_back({"DomainCertificate", s.domain->certificate});
  out.push_back({"DomainHostedZone", s.domain->hosted_zone});
}

void add_backend(const BackendSettings& backend, std::vector<Parameter>& out) {
  out.push_back({"BackendUrl", backend.url});
  out.push_back({"BackendTimeoutMs", number(backend.timeout_ms)});
  out.push_back({"BackendConnectTimeoutMs", number(backend.connect_timeout_ms)});
  if (!backend.signing_secret.empty()) out.push_back({"BackendSecret", backend.signing_secret});
}

void add_lab(const LabSettings& lab, std::vector<Parameter>& out) {
  out.push_back({"LabInstanceType", lab.instance_type});
  out.push_back({"LabImage", lab.ami.empty() ? kLabImage : lab.ami});
  out.push_back({"LabVolumeGb", number(lab.volume_gb)});
  out.push_back({"LabCacheType", lab.cache_type});
  out.push_back({"LabArguments", lab_arguments(lab)});
}

void add_rest_chat(const RestChatSettings& rest, std::vector<Parameter>& out) {
  if (!rest.table.empty()) out.push_back({"RestChatsTableName", rest.table});
  if (rest.hs256_secret.empty()) return;
  out.push_back({"Hs256Secret", rest.hs256_secret});
  if (!rest.hs256_issuer.empty()) out.push_back({"Hs256Issuer", rest.hs256_issuer});
}

void add_web(const WebSettings& web, std::vector<Parameter>& out) {
  if (web.domain.empty()) return;
  out.push_back({"WebDomain", web.domain});
  out.push_back({"WebCertificate", web.certificate});
  if (!web.hosted_zone.empty()) out.push_back({"WebHostedZone", web.hosted_zone});
}

void add_llm(const LlmSettings& llm, std::vector<Parameter>& out) {
  const std::string source = llm.model_source.empty() ? "" : llm.model_source.substr(5);
  const std::size_t slash = source.find('/');
  std::string_view prefix =
      slash == std::string::npos ? std::string_view{} : std::string_view(source).substr(slash + 1);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  out.push_back({"LlmDomain", llm.domain});
  out.push_back({"LlmCertificate", llm.certificate});
  out.push_back({"LlmModel", llm.model});
  out.push_back({"LlmModelBucket", source.substr(0, slash)});
  out.push_back({"LlmModelPrefix", std::string(prefix)});
  out.push_back({"LlmContextTokens", number(context_of(llm.model, llm.context_tokens))});
  out.push_back({"LlmFirstTextMs", number(llm.first_text_seconds * 1000)});
  out.push_back({"GenerateTimeoutSeconds", number(llm.timeout_seconds)});
  out.push_back({"SystemPrompt", llm.system_prompt});
  out.push_back({"EngineImage", engine_image(llm)});
  // A stream is silent for at most as long as the first word may take.
  out.push_back({"IdleTimeoutSeconds", number(std::max<std::int64_t>(60, llm.first_text_seconds + 30))});
}

/// As many as there are to begin with, but for one where the fleet, by day or by night, has no room for one more.
/// CloudFormation makes the group larger for as long as it takes, which its MaxSize must allow.
std::int64_t nodes_in_service(const LlmSettings& llm) {
  std::int64_t room = llm.max;
  for (const ScheduleEntry& entry : llm.schedule)
    if (entry.max > 0) room = std::min(room, entry.max);  // a fleet of none has no node to replace
  return std::clamp<std::int64_t>(llm.desired, 0, std::max<std::int64_t>(room - 1, 0));
}

/// A pinned package: of one in the project's own bucket only the key is known here.
void add_node_package(const std::string& pinned, std::vector<Parameter>& out) {
  if (pinned.empty()) return;
  const bool is_address = pinned.starts_with("s3://");
  const std::size_t slash = is_address ? pinned.find('/', 5) : std::string::npos;
  if (is_address) out.push_back({"NodePackageBucket", pinned.substr(5, slash - 5)});
  out.push_back({"NodePackageKey", is_address ? pinned.substr(slash + 1) : pinned});
}

void add_fleet(const LlmSettings& llm, std::vector<Parameter>& out) {
  add_node_package(llm.node_package, out);
  out.push_back({"NodeMin", number(llm.min)});
  out.push_back({"NodeDesired", number(llm.desired)});
  out.push_back({"NodeMax", number(llm.max)});
  out.push_back({"NodesInService", number(nodes_in_service(llm))});
  out.push_back({"NodeImage", llm.ami.empty() ? kNodeImage : llm.ami});
  out.push_back({"NodeOnDemandBase", number(llm.on_demand_base)});
  out.push_back({"NodeOnDemandPercent", llm.capacity == Capacity::kSpot ? "0" : "100"});
  out.push_back({"NodeVolumeGb", number(llm.volume_gb)});
  out.push_back({"StickySeconds", number(llm.sticky_seconds)});
}

std::string as_cloudformation(const std::vector<Parameter>& parameters) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Parameter& parameter : parameters)
    list.push_back({{"ParameterKey", parameter.key}, {"ParameterValue", parameter.value}});
  return list.dump(2) + "\n";
}

std::string as_samconfig(const std::vector<Parameter>& parameters, const EnvironmentSettings& settings, Part part) {
  std::vector<std::string> overrides;
  for (const Parameter& parameter : parameters) overrides.push_back(yaml_quoted(samconfig_override(parameter)));
  std::string out = fmt::format("version = 0.1\n\n[{}.deploy.parameters]\nstack_name = {}\nregion = {}\n",
                                settings.name, yaml_quoted(settings.stack_name_of(part)), yaml_quoted(settings.region));
  if (!settings.profile.empty()) out += fmt::format("profile = {}\n", yaml_quoted(settings.profile));
  return out + fmt::format(
                   "capabilities = [\"CAPABILITY_IAM\", \"CAPABILITY_AUTO_EXPAND\"]\n"
                   "parameter_overrides = [\n  {},\n]\n",
                   join(overrides, ",\n  "));
}

std::string as_yaml(const std::vector<Parameter>& parameters) {
  std::string out;
  for (const Parameter& parameter : parameters)
    out += fmt::format("{}: {}\n", parameter.key, yaml_quoted(parameter.value));
  return out;
}

}  // namespace

std::vector<Parameter> parameter_values(const EnvironmentSettings& settings, Part part) {
  std::vector<Parameter> values;
  add_common(settings, values);
  add_auth(settings.auth, values);
  if (part == Part::kService) add_network(settings, values);
  if (settings.backend) add_backend(*settings.backend, values);
  if (settings.lab) add_lab(*settings.lab, values);
  if (settings.rest_chat) add_rest_chat(*settings.rest_chat, values);
  if (settings.web) add_web(*settings.web, values);
  add_llm(settings.llm, values);
  add_fleet(settings.llm, values);
  return values;
}

ParameterFormat parameter_format(std::string_view name_or_path) {
  const auto is = [&](std::string_view name, std::string_view extension) {
    return name_or_path == name || name_or_path.ends_with(extension);
  };
  if (is("cloudformation", ".json")) return ParameterFormat::kCloudFormation;
  if (is("samconfig", ".toml")) return ParameterFormat::kSamConfig;
  if (is("yaml", ".yaml") || is("yaml", ".yml")) return ParameterFormat::kYaml;
  throw Error(ErrorKind::kUsage, fmt::format("no format for parameters in '{}'", name_or_path),
              "use cloudformation (.json), samconfig (.toml) or yaml (.yaml)");
}

std::string render_parameters(const std::vector<Parameter>& parameters, ParameterFormat format,
                              const EnvironmentSettings& settings, Part part) {
  switch (format) {
    case ParameterFormat::kCloudFormation:
      return as_cloudformation(parameters);
    case ParameterFormat::kSamConfig:
      return as_samconfig(parameters, settings, part);
    case ParameterFormat::kYaml:
      return as_yaml(parameters);
  }
  return {};
}

std::vector<Parameter> merge_parameters(std::vector<Parameter> base, const std::vector<Parameter>& over) {
  for (const Parameter& parameter : over) {
    const auto same = std::find_if(base.begin(), base.end(),
                                   [&](const Parameter& candidate) { return candidate.key == parameter.key; });
    if (same != base.end())
      *same = parameter;
    else
      base.push_back(parameter);
  }
  return base;
}

}  // namespace wsdeep::stack
