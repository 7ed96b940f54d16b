#include "stack/settings/sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "stack/settings/backend_section.h"
#include "stack/settings/bedrock_section.h"
#include "stack/settings/drain_times.h"
#include "stack/settings/exchange_section.h"
#include "stack/settings/lab_section.h"
#include "stack/settings/rest_chat_section.h"
#include "stack/settings/schedule_expression.h"
#include "stack/settings/web_section.h"

namespace wsdeep::stack {
namespace {

/// The retentions that CloudWatch Logs takes.
/// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
constexpr std::int64_t kRetentions[] = {1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                        365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

/// How Google's own client secrets begin.
constexpr std::string_view kGoogleSecretPrefix = "GOCSPX-";

/// Runs `read` over the section `key`, when there is one, and reports its unknown keys.
template <typename Read>
void section(SectionReader& parent, const std::string& key, Read read) {
  const YamlNode* node = parent.take(key);
  if (node == nullptr) return;
  SectionReader reader(parent.context(), *node, parent.path_of(key), parent.places());
  read(reader);
  reader.finish();
}

void read_google(SectionReader& reader, GoogleSettings& google) {
  reader.text("client_id", google.client_id, kGoogleClientId);
  reader.require("client_id", "the OAuth client id that Google gave");
  const YamlNode* secret = reader.take("client_secret");
  if (secret != nullptr && secret->value.starts_with(kGoogleSecretPrefix)) {
    reader.context().report(secret->at, "this is the secret itself; expected the name of a Secrets Manager secret",
                            "store it in AWS Secrets Manager, revoke this one, and give the secret's name here");
    reader.context().secret_lines.insert(secret->at.line);
  } else {
    reader.text("client_secret", google.client_secret, kSecretName);
  }
  reader.require("client_secret", "the name or ARN of the Secrets Manager secret that holds it");
}

void read_auth(SectionReader& reader, AuthSettings& auth) {
  std::string pool = auth.makes_pool() ? "new" : auth.user_pool;
  reader.text("user_pool", pool, kUserPoolId);
  auth.user_pool = pool == "new" ? "" : pool;
  reader.texts("client_ids", auth.client_ids, kClientId);
  reader.text("hosted_ui_prefix", auth.hosted_ui_prefix, kHostedUiPrefix);
  reader.texts("callback_urls", auth.callback_urls, kCallbackUrl);
  reader.texts("logout_urls", auth.logout_urls, kCallbackUrl);
  reader.texts("groups", auth.groups, kGroupName);
  reader.boolean("self_sign_up", auth.self_sign_up);
  reader.boolean("rotate_refresh_tokens", auth.rotate_refresh_tokens);
  reader.boolean("token_in_query", auth.token_in_query);
  reader.boolean("password_sign_in", auth.password_sign_in);
  section(reader, "google", [&](SectionReader& google) {
    auth.google.emplace();
    read_google(google, *auth.google);
  });
  section(reader, "exchange", [&](SectionReader& exchange) {
    if (!auth.exchange) auth.exchange.emplace();
    read_exchange(exchange, *auth.exchange);
  });
}

void read_security_groups(SectionReader& reader, SecurityGroups& groups, const Rule& rule) {
  reader.text("generate", groups.generate, rule);
  reader.text("load_balancer", groups.load_balancer, rule);
  reader.text("nodes", groups.nodes, rule);
  for (const char* key : {"generate", "load_balancer", "nodes"}) reader.require(key, "give all three, or none");
}

/// The mode decides which keys there are, so a key of another mode is unknown.
void read_network(SectionReader& reader, NetworkSettings& network) {
  reader.choice<NetworkMode>(
      "mode", network.mode,
      {{"new", NetworkMode::kNew}, {"existing", NetworkMode::kExisting}, {"ssm", NetworkMode::kSsm}});
  if (network.mode == NetworkMode::kNew) {
    reader.text("cidr", network.cidr, kVpcCidr);
    reader.choice<Egress>("egress", network.egress, {{"nat", Egress::kNat}, {"endpoints", Egress::kEndpoints}});
    reader.boolean("nat_per_zone", network.nat_per_zone);
    reader.texts("zones", network.zones, kZone);
    return;
  }
  const bool by_name = network.mode == NetworkMode::kSsm;
  reader.text("vpc", network.vpc, by_name ? kSsmName : kVpcId);
  reader.require("vpc", by_name ? "the SSM parameter that holds the VPC's id" : "the VPC's id");
  reader.texts("subnets", network.subnets, by_name ? kSsmName : kSubnetId);
  reader.require("subnets",
                 by_name ? "the SSM parameter that lists the private subnets" : "two private subnets or more");
  section(reader, "security_groups", [&](SectionReader& groups) {
    network.security_groups.emplace();
    read_security_groups(groups, *network.security_groups, by_name ? kSsmName : kSecurityGroupId);
  });
}

/// Says what is wrong, not only what form a cron has.
void read_cron(SectionReader& reader, std::string& out) {
  const YamlNode* cron = reader.take("cron");
  if (cron == nullptr) return;
  if (cron->is_scalar() && kCron.holds(cron->value))
    out = cron->value;
  else
    reader.context().report(cron->at, fmt::format("expected {}, got {}", kCron.expected, quote_value(cron->value)),
                            unix_cron_problem(cron->value));
}

void read_schedule_entry(SectionReader& reader, ScheduleEntry& entry) {
  reader.text("name", entry.name, kScheduleName);
  read_cron(reader, entry.cron);
  reader.text("time_zone", entry.time_zone, kTimeZone);
  for (auto [key, value] : {std::pair{"min", &entry.min}, {"desired", &entry.desired}, {"max", &entry.max}})
    reader.integer(key, *value, 0, 1000);
  for (const char* key : {"name", "cron", "min", "desired", "max"}) reader.require(key, "every schedule entry has one");
}

void read_schedule(SectionReader& reader, std::vector<ScheduleEntry>& schedule) {
  const YamlNode* list = reader.take("schedule");
  if (list == nullptr) return;
  if (!list->is_sequence() || list->items.size() > 20)
    return reader.context().report(list->at, "expected a list of at most 20 entries for 'llm.schedule'");
  schedule.clear();
  for (const YamlNode& item : list->items) {
    const std::string path = reader.path_of(fmt::format("schedule.{}", schedule.size()));
    reader.places()[path] = item.at;
    SectionReader entry(reader.context(), item, path, reader.places());
    read_schedule_entry(entry, schedule.emplace_back());
    entry.finish();
  }
}

void read_llm_sizes(SectionReader& reader, LlmSettings& llm) {
  reader.integer("weights_gb", llm.weights_gb, 1, 10'000);
  reader.integer("on_demand_base", llm.on_demand_base, 0, 1000);
  reader.integer("min", llm.min, 0, 1000);
  reader.integer("desired", llm.desired, 0, 1000);
  reader.integer("max", llm.max, 0, 1000);
  reader.integer("start_minutes", llm.start_minutes, 1, 120);
  reader.integer("volume_gb", llm.volume_gb, 100, 16'384);
  reader.integer("context_tokens", llm.context_tokens, 512, 1'048'576);
  reader.integer("slots", llm.slots, 1, 4096);
  reader.integer("queue", llm.queue, 1, 4096);
  reader.number("target_load", llm.target_load, 0.1, 1);
  reader.retired("requests_per_node", "the fleet scales on the load of its nodes now, not on their requests",
                 "set llm.target_load instead: which part of a node's slots scaling aims to have in use, such as 0.7");
  reader.integer("first_text_seconds", llm.first_text_seconds, 1, 900);
  reader.integer("timeout_seconds", llm.timeout_seconds, 30, 900);
  reader.integer("sticky_seconds", llm.sticky_seconds, 1, 604'800);
  reader.integer("drain_seconds", llm.drain_seconds, 1, kMaxDrainSeconds);
  reader.integer("replacements_per_hour", llm.replacements_per_hour, 0, 60);
}

enum class PoolState { kStopped, kRunning, kHibernated };

/// `hibernated` is a word of AWS's, and so has an answer of its own.
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/hibernating-prerequisites.html
void read_warm_pool(SectionReader& reader, WarmPool& pool) {
  PoolState state = PoolState::kStopped;
  reader.choice<PoolState>(
      "state", state,
      {{"stopped", PoolState::kStopped}, {"running", PoolState::kRunning}, {"hibernated", PoolState::kHibernated}});
  pool.running = state == PoolState::kRunning;
  reader.integer("nodes", pool.nodes, 1, 1000);
  reader.require("nodes", "how many instances wait in the pool");
  if (state == PoolState::kHibernated)
    reader.context().report(reader.places()[reader.path_of("state")], "EC2 hibernates no instance type with a GPU",
                            "use stopped: the model stays on the disk, and the engine loads it when the node starts");
}

/// Where a node gets its image and its model from, and its capacity.
void read_llm_start(SectionReader& reader, LlmSettings& llm) {
  reader.text("ami", llm.ami, kAmi);
  reader.text("node_package", llm.node_package, kNodePackage);
  reader.text("model_snapshot", llm.model_snapshot, kSnapshotId);
  reader.boolean("instance_store", llm.instance_store);
  section(reader, "warm_pool", [&](SectionReader& pool) {
    llm.warm_pool.emplace();
    read_warm_pool(pool, *llm.warm_pool);
  });
  reader.text("capacity_reservation", llm.capacity_reservation, kCapacityReservation);
  reader.boolean("capacity_block", llm.capacity_block);
}

void read_gpus(SectionReader& reader, GpuSettings& gpus) {
  reader.integer("count", gpus.count, 1, 64);
  reader.integer("gb", gpus.gb, 1, 10'000);
  reader.require("count", "how many GPUs an instance has");
  reader.require("gb", "the memory of each GPU in GB");
}

void read_llm(SectionReader& reader, LlmSettings& llm) {
  reader.text("domain", llm.domain, kDomainName);
  reader.text("certificate", llm.certificate, kCertificateArn);
  reader.text("model", llm.model, kModelName);
  reader.text("model_source", llm.model_source, kS3Url);
  reader.choice<EngineKind>("engine", llm.engine,
                            {{"vllm", EngineKind::kVllm},
                             {"ollama", EngineKind::kOllama},
                             {"bedrock", EngineKind::kBedrock},
                             {"bedrock-agent", EngineKind::kBedrockAgent}});
  read_llm_bedrock(reader, llm);
  reader.text("image", llm.image, kImage);
  reader.texts("instance_types", llm.instance_types, kInstanceType);
  section(reader, "gpus", [&](SectionReader& gpus) {
    llm.gpus.emplace();
    read_gpus(gpus, *llm.gpus);
  });
  reader.choice<Capacity>("capacity", llm.capacity, {{"spot", Capacity::kSpot}, {"on-demand", Capacity::kOnDemand}});
  reader.text("system_prompt", llm.system_prompt, kParagraph);
  read_llm_sizes(reader, llm);
  read_llm_start(reader, llm);
  read_schedule(reader, llm.schedule);
}

void read_limits(SectionReader& reader, LimitSettings& limits) {
  reader.integer("requests_per_second", limits.requests_per_second, 1, 10'000);
  reader.integer("burst", limits.burst, 1, 5'000);
  reader.integer("coalesce_ms", limits.coalesce_ms, 0, 1'000);
  reader.integer("connection_ttl_seconds", limits.connection_ttl_seconds, 7'200, 31'536'000);
  reader.integer("chat_retention_seconds", limits.chat_retention_seconds, 86'400, 315'360'000);
  reader.integer("generate_concurrency", limits.generate_concurrency, 0, 10'000);
}

/// `none`, or a map. An alarm wants three bad minutes of five, which it cannot have within fewer.
void read_canary(SectionReader& reader, std::optional<Canary>& canary) {
  const YamlNode* node = reader.take("canary");
  if (node == nullptr) return;
  reader.places()[reader.path_of("canary")] = node->at;
  canary.reset();
  if (node->is_scalar() && node->value == "none") return;
  if (!node->is_map())
    return reader.context().report(
        node->at,
        fmt::format("expected none, or such as {{percent: 10, minutes: 10}}, got {}", quote_value(node->value)));
  SectionReader inside(reader.context(), *node, reader.path_of("canary"), reader.places());
  canary.emplace();
  inside.integer("percent", canary->percent, 1, 99);
  inside.integer("minutes", canary->minutes, 5, 720);
  inside.finish();
}

void read_functions(SectionReader& reader, FunctionSettings& functions) {
  reader.choice<Architecture>("architecture", functions.architecture,
                              {{"x86_64", Architecture::kX86_64}, {"arm64", Architecture::kArm64}});
  read_canary(reader, functions.canary);
  reader.integer("memory_mb", functions.memory_mb, 128, 10'240);
  reader.integer("generate_memory_mb", functions.generate_memory_mb, 128, 10'240);
}

void read_protection(SectionReader& reader, ProtectionSettings& protection) {
  reader.choice<std::optional<bool>>("termination", protection.termination, {{"true", true}, {"false", false}});
  reader.text("policy", protection.policy, kStackPolicy);
}

/// The unit of each is in its name.
void read_prices(SectionReader& reader, aws::UnitPrices& prices) {
  constexpr double kMostUsd = 1000;
  reader.text("region", prices.region, kRegion);
  reader.text("as_of", prices.as_of, kDay);
  reader.require("as_of", "the day on which they were looked up, such as 2026-11-29");
  for (const auto& [name, price] : aws::kUnitPriceNames) reader.number(std::string(name), prices.*price, 0, kMostUsd);
  std::map<std::string, std::string> hours;
  reader.map("instance_hours", hours, kInstanceType, kUsdPerHour);
  for (const auto& [type, usd] : hours) prices.instance_hours[type] = aws::usd_per_hour(usd).value_or(0);
}

void read_retention(SectionReader& reader, std::int64_t& days) {
  const std::size_t before = reader.context().diagnostics.size();
  reader.integer("log_retention_days", days, 1, 3653);
  const auto place = reader.places().find(reader.path_of("log_retention_days"));
  const bool allowed = std::find(std::begin(kRetentions), std::end(kRetentions), days) != std::end(kRetentions);
  if (allowed || place == reader.places().end() || reader.context().diagnostics.size() != before) return;
  const auto next = std::lower_bound(std::begin(kRetentions), std::end(kRetentions), days);
  reader.context().report(place->second, fmt::format("CloudWatch Logs cannot keep logs for {} days", days),
                          fmt::format("the next longer retention that it takes is {} days", *next));
}

/// An environment's `network` does not mix with the one at the top: it takes its place.
void read_network_section(SectionReader& reader, EnvironmentSettings& settings) {
  section(reader, "network", [&](SectionReader& network) {
    settings.network = {};
    read_network(network, settings.network);
  });
}

}  // namespace

void read_sections(SectionReader& reader, EnvironmentSettings& settings) {
  section(reader, "auth", [&](SectionReader& auth) { read_auth(auth, settings.auth); });
  read_network_section(reader, settings);
  section(reader, "llm", [&](SectionReader& llm) { read_llm(llm, settings.llm); });
  section(reader, "limits", [&](SectionReader& limits) { read_limits(limits, settings.limits); });
  section(reader, "functions", [&](SectionReader& functions) { read_functions(functions, settings.functions); });
  read_lab(reader, settings.lab);
  section(reader, "protection", [&](SectionReader& one) { read_protection(one, settings.protection); });
  section(reader, "backend", [&](SectionReader& backend) {
    if (!settings.backend) settings.backend.emplace();
    read_backend(backend, *settings.backend);
  });
  read_rest_chat(reader, settings);
  section(reader, "prices", [&](SectionReader& prices) { read_prices(prices, settings.prices); });
  reader.boolean("rooms", settings.rooms);
  read_web_section(reader, settings);
  reader.texts("allowed_origins", settings.allowed_origins, kOrigin);
  read_retention(reader, settings.log_retention_days);
  reader.text("alarm_email", settings.alarm_email, kEmail);
  reader.integer("monthly_budget_usd", settings.monthly_budget_usd, 1, 100'000'000);
  reader.boolean("api_gateway_logging_role", settings.api_gateway_logging_role);
  reader.map("tags", settings.tags, kTagKey, kTagValue);
}

void read_place(SectionReader& reader, EnvironmentSettings& settings) {
  reader.text("region", settings.region, kRegion);
  reader.require("region", "where this environment is deployed, such as us-east-1");
  reader.text("profile", settings.profile, kProfile);
  reader.text("account", settings.account, kAccountId);
  reader.text("stack_name", settings.stack_name, kStackName);
  section(reader, "domain", [&](SectionReader& domain) {
    settings.domain.emplace();
    domain.text("name", settings.domain->name, kDomainName);
    domain.text("certificate", settings.domain->certificate, kCertificateArn);
    domain.text("hosted_zone", settings.domain->hosted_zone, kHostedZoneId);
    domain.require("name", "such as ws.example.com");
    domain.require("certificate", "the ARN of its ACM certificate, in the environment's region");
  });
}

}  // namespace wsdeep::stack
