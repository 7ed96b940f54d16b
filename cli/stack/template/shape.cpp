#include "stack/template/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "base/hash.h"
#include "base/text.h"
#include "stack/settings/bedrock_arns.h"
#include "stack/settings/drain_times.h"
#include "stack/settings/gpu_sizing.h"
#include "stack/settings/node_start.h"
#include "stack/settings/parameters.h"
#include "stack/template/backend_shape.h"
#include "stack/template/exchange_shape.h"
#include "stack/template/http_shape.h"
#include "stack/template/lab_shape.h"
#include "stack/template/releases.h"
#include "stack/template/web_shape.h"
#include "stack/yaml_tree.h"

namespace wsdeep::stack {
namespace {

using Item = std::map<std::string, std::string>;

std::optional<std::string> when(bool condition, std::string value) {
  return condition ? std::optional(std::move(value)) : std::nullopt;
}

std::optional<std::string> flow_list(const std::vector<std::string>& values) {
  std::vector<std::string> items;
  for (const std::string& value : values) items.push_back(yaml_quoted(value));
  return when(!items.empty(), fmt::format("[{}]", join(items, ", ")));
}

std::vector<Item> items_of(const std::vector<std::string>& names) {
  std::vector<Item> items;
  for (const std::string& name : names) items.push_back({{"suffix", pascal_case(name)}, {"item.name", name}});
  return items;
}

std::vector<std::string> fleet_modules(const LlmSettings& llm) {
  return {"base-fleet", llm.engine == EngineKind::kVllm ? "engine-vllm" : "engine-ollama", "fleet",
          "observability-fleet"};
}

void add_network_modules(const EnvironmentSettings& s, std::vector<std::string>& modules) {
  const NetworkSettings& network = s.network;
  switch (network.mode) {
    case NetworkMode::kNew:
      modules.emplace_back("network");
      modules.emplace_back(network.egress == Egress::kNat ? "network-nat" : "network-endpoints");
      break;
    case NetworkMode::kExisting:
      modules.emplace_back("network-existing");
      break;
    case NetworkMode::kSsm:
      modules.emplace_back("network-ssm");
      break;
  }
  // What they are for is on the way to the nodes.
  if (!s.llm.on_bedrock() && !network.security_groups) modules.emplace_back("security-groups");
}

std::vector<std::string> service_modules(const EnvironmentSettings& s) {
  std::vector<std::string> modules{"base", "tables"};
  modules.emplace_back(s.auth.makes_pool() ? "auth" : "auth-existing");
  if (s.auth.google) modules.emplace_back("auth-google");
  modules.insert(modules.end(), {"handlers", "api"});
  if (s.backend) modules.emplace_back("backend");
  if (s.lab) modules.emplace_back("lab");
  if (has_http_api(s)) modules.emplace_back("http-api");
  if (s.rest_chat) modules.emplace_back("rest-chat");
  if (s.auth.exchange) modules.emplace_back("auth-exchange");
  if (s.domain) modules.emplace_back("domain");
  if (s.web) modules.emplace_back("web");
  if (s.has_network()) add_network_modules(s, modules);
  if (!s.llm.on_bedrock()) modules.emplace_back("fleet-inputs");
  modules.emplace_back("observability");
  return modules;
}

void shape_auth(const AuthSettings& auth, Shape& shape) {
  const bool hosted_ui = !auth.hosted_ui_prefix.empty();
  shape.flags["auth.hosted_ui"] = hosted_ui;
  shape.slots["auth.admin_creates_only"] = auth.self_sign_up ? "false" : "true";
  // Who may renew by REFRESH_TOKEN_AUTH gets no new refresh token: Cognito wants one or the other.
  const bool rotates = auth.rotate_refresh_tokens;
  shape.slots["auth.flows"] = fmt::format("[ALLOW_USER_SRP_AUTH, {}ALLOW_ADMIN_USER_PASSWORD_AUTH{}]",
                                          auth.password_sign_in ? "ALLOW_USER_PASSWORD_AUTH, " : "",
                                          rotates ? "" : ", ALLOW_REFRESH_TOKEN_AUTH");
  shape.slots["auth.rotation"] = when(rotates, "{Feature: ENABLED, RetryGracePeriodSeconds: 60}");
  shape.slots["auth.client_depends"] = when(auth.google.has_value(), "GoogleProvider");
  shape.slots["auth.providers"] = auth.google ? "[COGNITO, Google]" : "[COGNITO]";
  shape.slots["auth.oauth"] = when(hosted_ui, "true");
  shape.slots["auth.oauth_flows"] = when(hosted_ui, "[code]");
  shape.slots["auth.oauth_scopes"] = when(hosted_ui, "[openid, email, profile]");
  shape.slots["auth.callback_urls"] = flow_list(callback_urls(auth));
  shape.slots["auth.logout_urls"] = flow_list(logout_urls(auth));
  shape.lists["auth.groups"] = items_of(auth.groups);
  shape_exchange(auth, shape);
}

std::string ipv6_subnet(int index) {
  return fmt::format("!Select [{}, !Cidr [!Select [0, !GetAtt Vpc.Ipv6CidrBlocks], 4, 64]]", index);
}

/// The services that nodes call when there is no other way out.
std::vector<Item> interface_endpoints() {
  std::vector<Item> items;
  for (const char* name :
       {"autoscaling", "cloudformation", "ecr.api", "ecr.dkr", "logs", "monitoring", "ssm", "ssmmessages"})
    items.push_back({{"suffix", pascal_case(name)},
                     {"item.service", fmt::format("!Sub \"com.amazonaws.${{AWS::Region}}.{}\"", name)}});
  return items;
}

void shape_network(const EnvironmentSettings& s, Shape& shape) {
  const NetworkSettings& network = s.network;
  const bool has_nodes = !s.llm.on_bedrock();
  const bool is_new = network.mode == NetworkMode::kNew;
  const bool endpoints = is_new && network.egress == Egress::kEndpoints;
  const auto prefix = parse_integer(network.cidr.substr(network.cidr.find('/') + 1), 0, 32).value_or(16);
  shape.flags["network.endpoints"] = endpoints;
  shape.flags["network.nat_per_zone"] = network.nat_per_zone;
  shape.flags["network.zones"] = !network.zones.empty();
  shape.slots["network.zone_a"] = network.zones.empty() ? "!Select [0, !GetAZs \"\"]" : "!Ref ZoneA";
  shape.slots["network.zone_b"] = network.zones.empty() ? "!Select [1, !GetAZs \"\"]" : "!Ref ZoneB";
  shape.flags["network.own_security_groups"] = has_nodes && network.security_groups.has_value();
  shape.slots["network.cidr"] = network.cidr;
  // Four subnets, two bits; !Cidr counts the bits that are left for hosts.
  shape.slots["network.subnet_bits"] = std::to_string(32 - (prefix + 2));
  shape.slots["network.subnet_depends"] = when(endpoints, "VpcIpv6");
  shape.slots["network.subnet_a_ipv6"] = when(endpoints, ipv6_subnet(0));
  shape.slots["network.subnet_b_ipv6"] = when(endpoints, ipv6_subnet(1));
  shape.slots["network.second_nat"] = network.nat_per_zone ? "!Ref NatGatewayB" : "!Ref NatGatewayA";
  shape.slots["network.subnets"] = is_new ? "[!Ref PrivateSubnetA, !Ref PrivateSubnetB]" : "!Ref PrivateSubnets";
  shape.slots["network.function_ipv6"] = when(endpoints, "true");
  shape.lists["network.interface_endpoints"] = has_nodes ? interface_endpoints() : std::vector<Item>();
}

void shape_api(const EnvironmentSettings& s, Shape& shape) {
  std::vector<std::string> routes{"ConnectRoute", "DisconnectRoute"};
  if (!s.is_backends("$default")) routes.emplace_back("DefaultRoute");
  for (const std::string& action : s.chat_routes()) routes.push_back("ActionRoute" + pascal_case(action));
  for (const Item& route : shape.lists["backend.routes"])
    for (const char* kind : {"BackendRoute", "BackendRouteResponse"}) routes.push_back(kind + route.at("suffix"));
  shape.flags["api.logging_role"] = s.api_gateway_logging_role;
  shape.flags["domain.record"] = s.domain && !s.domain->hosted_zone.empty();
  shape.slots["api.routes"] = fmt::format("[{}]", join(routes, ", "));
  shape.slots["api.stage_depends"] = when(s.api_gateway_logging_role, "ApiGatewayAccount");
  shape.slots["api.url"] =
      s.domain ? "!Sub \"wss://${DomainName}\""
               : "!Sub \"wss://${WebSocketApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${EnvironmentName}\"";
  shape.lists["api.actions"] = items_of(s.chat_routes());
}

std::vector<std::string> tables(const EnvironmentSettings& s) {
  std::vector<std::string> names{"Connections", "Chats"};
  if (s.rooms) names.emplace_back("Rooms");
  if (s.backend) names.emplace_back("BackendConnections");
  if (s.rest_chat && s.rest_chat->table.empty()) names.emplace_back("RestChats");
  return names;
}

/// Who is called: the alias that a canary shifts from version to version, else the function itself. `generate` is
/// called by name, without a reference to the alias: it would make the function `message` wait until the canary of
/// `generate` has ended, and its own begin then.
void shape_canary(const std::optional<Canary>& canary, Shape& shape) {
  shape.flags["functions.canary"] = canary.has_value();
  shape.slots["canary.alias"] = when(canary.has_value(), kFunctionAlias);
  shape.slots["canary.release"] = when(canary.has_value(), kReleaseToCome);
  shape.slots["canary.percent"] = canary ? std::optional(std::to_string(canary->percent)) : std::nullopt;
  shape.slots["canary.minutes"] = canary ? std::optional(std::to_string(canary->minutes)) : std::nullopt;
  for (const char* name : {"Authorizer", "Connect", "Disconnect", "Default", "Message", "Backend", "Push"}) {
    shape.slots[to_lower(name) + ".target"] = fmt::format("!Ref {}Function{}", name, canary ? ".Alias" : "");
    shape.slots[to_lower(name) + ".uri"] = fmt::format(
        "!Sub "
        "\"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/${{{}Function.{}}}/"
        "invocations\"",
        name, canary ? "Alias" : "Arn");
  }
  for (const char* name : {"Generate", "Backend"}) {
    const std::string slot = to_lower(name);
    shape.slots[slot + ".name"] = canary ? fmt::format("!Sub \"${{{}Function}}:{}\"", name, kFunctionAlias)
                                         : fmt::format("!Ref {}Function", name);
    shape.slots[slot + ".arn"] = canary ? fmt::format("!Sub \"${{{}Function.Arn}}:{}\"", name, kFunctionAlias)
                                        : fmt::format("!GetAtt {}Function.Arn", name);
  }
}

void shape_functions(const EnvironmentSettings& s, Shape& shape) {
  const std::int64_t reserved = s.limits.generate_concurrency;
  shape.flags["rooms"] = s.rooms;
  shape.slots["rooms.table"] = when(s.rooms, "!Ref RoomsTable");
  shape.slots["functions.architecture"] = s.functions.architecture == Architecture::kArm64 ? "arm64" : "x86_64";
  shape.slots["generate.concurrency"] = when(reserved > 0, std::to_string(reserved));
  // Not the authorizer, which fails to say 401; it has an alarm of its own.
  std::vector<std::string> names{"Connect", "Disconnect", "Message", "Generate"};
  if (!s.is_backends("$default")) names.insert(names.begin() + 2, "Default");
  if (s.backend) names.emplace_back("Backend");
  if (takes_pushes(s)) names.emplace_back("Push");
  if (s.rest_chat) names.emplace_back("RestChat");
  if (s.auth.exchange) names.emplace_back("Auth");
  for (const std::string& name : names)
    shape.lists["functions"].push_back(
        {{"suffix", name},
         {"item.ref", fmt::format("!Ref {}Function", name)},
         {"item.errors_description", fmt::format("The function {} fails.", to_lower(name))}});
  for (const std::string& name : tables(s))
    shape.lists["tables"].push_back(
        {{"suffix", name},
         {"item.ref", fmt::format("!Ref {}Table", name)},
         {"item.throttles_description", fmt::format("DynamoDB throttles the table of {}.", to_lower(name))}});
}

/// `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG` as the ARN of the repository; nothing for another registry.
std::optional<std::string> ecr_repository(const std::string& image) {
  const auto host = split(std::string_view(image).substr(0, image.find('/')), '.');
  if (host.size() < 6 || host[1] != "dkr" || host[2] != "ecr" || image.find('/') == std::string::npos)
    return std::nullopt;
  const std::string path = image.substr(image.find('/') + 1);
  const std::string name = path.substr(0, path.find_first_of(":@"));
  return yaml_quoted(fmt::format("arn:${{AWS::Partition}}:ecr:{}:{}:repository/{}", host[3], host[0], name));
}

std::vector<Item> schedule_items(const std::vector<ScheduleEntry>& schedule) {
  std::vector<Item> items;
  for (const ScheduleEntry& entry : schedule)
    items.push_back({{"suffix", pascal_case(entry.name)},
                     {"item.cron", yaml_quoted(entry.cron)},
                     {"item.time_zone", yaml_quoted(entry.time_zone)},
                     {"item.min", std::to_string(entry.min)},
                     {"item.desired", std::to_string(entry.desired)},
                     {"item.max", std::to_string(entry.max)}});
  return items;
}

std::string ref(std::string_view name) {
  return fmt::format("!Ref {}", name);
}

/// One of the two fleets: its resources end with `suffix`, its parameters begin with `source`.
Item fleet_item(const LlmSettings& llm, std::string_view suffix, std::string_view name, std::string_view source) {
  return {{"suffix", std::string(suffix)},
          {"item.group_name", fmt::format("!Sub \"${{AWS::StackName}}-{}\"", name)},
          {"item.group_id", fmt::format("NodeGroup{}", suffix)},
          {"item.group", fmt::format("!Ref NodeGroup{}", suffix)},
          {"item.template", fmt::format("!Ref NodeTemplate{}", suffix)},
          {"item.template_version", fmt::format("!GetAtt NodeTemplate{}.LatestVersionNumber", suffix)},
          {"item.target_group", fmt::format("!Ref NodeTargetGroup{}", suffix)},
          {"item.model", fmt::format("!Ref {}Model", source)},
          {"item.bucket", fmt::format("!Ref {}ModelBucket", source)},
          {"item.prefix", fmt::format("!Ref {}ModelPrefix", source)},
          {"item.snapshot", yaml_quoted(llm.model_snapshot)}};
}

/// The fleet, and the one beside it that a rollout makes.
std::vector<Item> fleets(const LlmSettings& llm) {
  Item first = fleet_item(llm, "", "nodes", "Llm");
  first.insert(
      {{"item.image", ref("EngineImage")}, {"item.min", ref("NodeMin")}, {"item.desired", ref("NodeDesired")}});
  Item second = fleet_item(llm, "Rollout", "rollout", "Rollout");
  second.insert({{"item.image", ref("RolloutImage")},
                 {"item.min", ref("RolloutNodes")},
                 {"item.desired", ref("RolloutNodes")},
                 {"item.condition", "HasRollout"}});
  return {std::move(first), std::move(second)};
}

/// A snapshot holds one model: under another's name the second fleet, and after it the first, would serve that one.
void shape_rollout(const LlmSettings& llm, Shape& shape) {
  shape.slots["llm.rollout_models"] = "\"[A-Za-z0-9/._:-]*\"";
  shape.slots["llm.rollout_constraint"] = std::nullopt;
  if (llm.model_snapshot.empty()) return;
  std::string pattern;
  for (const char c : llm.model) pattern += c == '.' ? "[.]" : std::string(1, c);
  shape.slots["llm.rollout_models"] = yaml_quoted(fmt::format("({})?", pattern));
  shape.slots["llm.rollout_constraint"] = yaml_quoted(fmt::format(
      "{} holds {} alone; for another model set llm.model_snapshot and deploy", llm.model_snapshot, llm.model));
}

/// No parameters, which could be overridden one by one: their order is what makes a node end well. Text where they go
/// into a script.
void shape_drain(const LlmSettings& llm, Shape& shape) {
  const DrainTimes times = drain_times(llm.drain_seconds);
  for (const auto& [name, seconds] : {std::pair{"lame_duck", times.lame_duck},
                                      {"grace", times.grace},
                                      {"node_stop", times.node_stop},
                                      {"engine_stop", times.engine_stop},
                                      {"engine_unit", times.engine_unit}})
    shape.slots[fmt::format("llm.{}_seconds", name)] = fmt::format("\"{}\"", seconds);
  shape.slots["llm.deregistration_seconds"] = fmt::format("\"{}\"", times.deregistration);
  shape.slots["llm.drain_heartbeat"] = std::to_string(times.hook);
}

/// How many calls a node takes, and how many of them the fleet scales to.
void shape_load(const LlmSettings& llm, Shape& shape) {
  const std::int64_t slots = slots_of(llm);
  shape.slots["llm.slots"] = fmt::format("\"{}\"", slots);
  shape.slots["llm.queue"] = fmt::format("\"{}\"", llm.queue > 0 ? llm.queue : slots);
  shape.slots["llm.target_load"] = fmt::format("{}", llm.target_load);
  shape.slots["llm.slow_first_text_ms"] = std::to_string(llm.first_text_seconds * 500);
}

/// Where a node gets image and model from, and which capacity it is.
void shape_start(const LlmSettings& llm, Shape& shape) {
  const bool by_id = llm.ami.starts_with("ami-");
  shape.slots["llm.ami_type"] = by_id ? "AWS::EC2::Image::Id" : "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
  shape.slots["llm.ami_default"] = when(llm.ami.empty(), kNodeImage);
  shape.slots["llm.snapshot_id"] = llm.model_snapshot;
  shape.slots["llm.reservation_id"] = llm.capacity_reservation;
  shape.slots["llm.warm_pool_nodes"] = std::to_string(llm.warm_pool ? llm.warm_pool->nodes : 0);
  shape.flags["llm.model_snapshot"] = !llm.model_snapshot.empty();
  shape.slots["llm.instance_store"] = llm.instance_store ? "\"true\"" : "\"false\"";
  shape.flags["llm.one_type"] = llm.has_one_type();
  shape.flags["llm.many_types"] = !llm.has_one_type();
  shape.slots["llm.one_type"] = when(llm.has_one_type(), join(llm.instance_types, ","));
  shape.flags["llm.warm_pool"] = llm.warm_pool.has_value();
  shape.flags["llm.rolling_update"] = updates_roll(llm);
  shape.slots["llm.replacements_per_hour"] = fmt::format("\"{}\"", llm.replacements_per_hour);
  shape.slots["llm.warm_pool_state"] = llm.warm_pool && llm.warm_pool->running ? "Running" : "Stopped";
  shape.flags["llm.reservation"] = !llm.capacity_reservation.empty();
  shape.flags["llm.capacity_block"] = llm.capacity_block;
}

/// A policy's resource.
std::string arn_text(const std::string& arn) {
  return (arn.find("${") == std::string::npos ? "" : "!Sub ") + yaml_quoted(arn);
}

/// Who answers, where it is not the fleet.
void shape_bedrock(const LlmSettings& llm, Shape& shape) {
  const bool agent = llm.asks_agent(), model = llm.on_bedrock() && !agent;
  const auto behind = model ? models_behind_profile(llm.model) : std::nullopt;
  const bool guarded = model && !llm.guardrail.empty();
  shape.flags["fleet"] = !llm.on_bedrock();
  shape.flags["llm.bedrock_model"] = model;
  shape.flags["llm.bedrock_profile"] = behind.has_value();
  shape.flags["llm.bedrock_guardrail"] = guarded;
  shape.flags["llm.bedrock_agent"] = agent;
  shape.slots["llm.url"] = when(!llm.on_bedrock(), "!Sub \"grpcs://${LlmDomain}:443\"");
  shape.slots["llm.bedrock_engine"] = when(llm.on_bedrock(), agent ? "bedrock-agent" : "bedrock");
  shape.slots["llm.bedrock_model"] = when(model, yaml_quoted(llm.model));
  shape.slots["llm.bedrock_model_arn"] = when(model, arn_text(bedrock_model_arn(llm.model)));
  shape.slots["llm.bedrock_models_behind"] = when(behind.has_value(), arn_text(behind.value_or("")));
  shape.slots["llm.bedrock_guardrail"] = when(guarded, yaml_quoted(llm.guardrail));
  shape.slots["llm.bedrock_guardrail_version"] = when(guarded, yaml_quoted(llm.guardrail_version));
  shape.slots["llm.bedrock_guardrail_arn"] = when(guarded, arn_text(bedrock_guardrail_arn(llm.guardrail)));
  shape.slots["llm.agent_id"] = when(agent, yaml_quoted(llm.agent_id));
  shape.slots["llm.agent_alias"] = when(agent, yaml_quoted(llm.agent_alias));
  shape.slots["llm.agent_arn"] = when(agent, arn_text(bedrock_agent_arn(llm)));
}

void shape_llm(const LlmSettings& llm, Shape& shape) {
  const auto repository = ecr_repository(llm.image);
  std::string overrides;
  for (const std::string& type : llm.instance_types)
    overrides += fmt::format("{}- {{InstanceType: {}}}", overrides.empty() ? "" : "\n", type);
  shape.flags["llm.model_source"] = !llm.model_source.empty();
  shape_bedrock(llm, shape);
  // An empty default would make an ARN without a bucket of the policy that a model source brings.
  shape.slots["llm.no_model_source"] = when(llm.model_source.empty(), "\"\"");
  shape.flags["llm.always_on"] = !llm.may_be_empty();
  shape.flags["llm.may_be_empty"] = llm.may_be_empty();
  shape.slots["llm.start_seconds"] =
      when(llm.may_be_empty() && !llm.on_bedrock(), fmt::format("\"{}\"", llm.start_minutes * 60));
  // Twice what a node usually takes; an alarm looks back a day at most.
  shape.slots["llm.start_alarm_minutes"] = std::to_string(2 * llm.start_minutes);
  shape.flags["llm.ecr_image"] = repository.has_value();
  shape.slots["llm.ecr_repository"] = repository ? std::optional("!Sub " + *repository) : std::nullopt;
  shape.slots["llm.capacity_rebalance"] = when(llm.capacity == Capacity::kSpot, "true");
  shape.slots["item.condition"] = std::nullopt;
  shape.lists["llm.fleets"] = fleets(llm);
  shape_rollout(llm, shape);
  shape_load(llm, shape);
  shape_drain(llm, shape);
  shape_start(llm, shape);
  // A block even for one type, as the list that it is.
  shape.slots["llm.instance_overrides"] = overrides + "\n";
  shape.lists["llm.schedule"] = schedule_items(llm.schedule);
}

}  // namespace

std::string pascal_case(std::string_view name) {
  std::string out;
  bool upper = true;
  for (const char c : name) {
    const bool letter_or_digit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter_or_digit) out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = !letter_or_digit;
  }
  return out;
}

Shape shape_of(const EnvironmentSettings& settings, Part part) {
  Shape shape;
  shape.modules = part == Part::kService ? service_modules(settings) : fleet_modules(settings.llm);
  shape_auth(settings.auth, shape);
  shape_network(settings, shape);
  shape_canary(settings.functions.canary, shape);
  shape_backend(settings, shape);
  shape_lab(settings, shape);
  shape_http(settings, shape);
  shape_api(settings, shape);
  shape_functions(settings, shape);
  shape_web(settings, shape);
  shape_llm(settings.llm, shape);
  shape.flags["alarms.email"] = !settings.alarm_email.empty();
  shape.flags["budget"] = settings.monthly_budget_usd > 0;
  shape.slots["budget.name"] =
      fmt::format("!Sub \"${{AWS::StackName}}-${{AWS::Region}}-{}\"", hex(sha256(settings.alarm_email)).substr(0, 8));
  shape.slots["alarms.actions"] = when(!settings.alarm_email.empty(), "[!Ref AlarmTopic]");
  shape.slots["service.stack"] = yaml_quoted(settings.stack_name);
  // Whether there is a topic, the nodes' stack is told when it is deployed.
  if (part == Part::kFleet) shape.slots["alarms.actions"] = "!If [HasAlarmTopic, [!Ref AlarmTopic], !Ref AWS::NoValue]";
  return shape;
}

}  // namespace wsdeep::stack
