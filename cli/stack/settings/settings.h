#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/unit_prices.h"
#include "base/files.h"
#include "stack/diagnostic.h"
#include "stack/settings/part.h"

/// `wsdeep.yaml`: what a project deploys, and where. Every section below but `project` and `environments` may be
/// written at the top, for all environments, and again inside an environment, which overrides it key by key
/// (`network` as a whole, because its keys depend on its mode).
namespace wsdeep::stack {

struct GoogleSettings {
  std::string client_id;
  std::string client_secret;  ///< name or ARN of the Secrets Manager secret; never the secret itself
};

/// Signing in with a browser: `/auth/…`, which turns the hosted UI's codes into cookies.
struct ExchangeSettings {
  std::string url;                         ///< where browsers reach `/auth`: scheme and host
  std::string domain;                      ///< whose hosts get the token's cookie; empty: that of `url` alone
  std::vector<std::string> redirect_urls;  ///< pages that a sign-in may lead to, exactly
  std::vector<std::string> logout_urls;    ///< pages that a sign-out may lead to, exactly
  // Of an existing pool alone:
  std::string hosted_ui;      ///< scheme and host of its sign-in page
  std::string client_id;      ///< which of the client_ids signs in; empty: the first
  std::string client_secret;  ///< name or ARN of the Secrets Manager secret; empty: the client has none
};

struct AuthSettings {
  std::string user_pool;  ///< id of an existing pool; empty: the stack makes one
  std::vector<std::string> client_ids;
  std::string hosted_ui_prefix;  ///< empty: no hosted UI
  std::vector<std::string> callback_urls;
  std::vector<std::string> logout_urls;
  std::vector<std::string> groups{"users", "admins"};
  std::optional<GoogleSettings> google;
  std::optional<ExchangeSettings> exchange;
  bool self_sign_up = false;
  bool rotate_refresh_tokens = false;  ///< each renewal gives a new one, and ends the one it was made with
  bool token_in_query = false;
  bool password_sign_in = false;  ///< the app client also takes the password itself, not only the proof of SRP

  bool makes_pool() const { return user_pool.empty(); }
};

enum class NetworkMode { kNew, kExisting, kSsm };
enum class Egress { kNat, kEndpoints };

/// Ids, or with mode ssm names of SSM parameters that hold them.
struct SecurityGroups {
  std::string generate;
  std::string load_balancer;
  std::string nodes;
};

struct NetworkSettings {
  NetworkMode mode = NetworkMode::kNew;
  std::string cidr = "10.40.0.0/16";
  Egress egress = Egress::kNat;
  bool nat_per_zone = false;
  std::vector<std::string> zones;    ///< two of the region, for a new VPC; empty: its first two
  std::string vpc;                   ///< id, or the name of the SSM parameter
  std::vector<std::string> subnets;  ///< ids of private subnets; with mode ssm one parameter that holds a list
  std::optional<SecurityGroups> security_groups;
};

/// On nodes of our own, or Amazon Bedrock: a model of its, or an agent.
enum class EngineKind { kVllm, kOllama, kBedrock, kBedrockAgent };
enum class Capacity { kSpot, kOnDemand };

struct ScheduleEntry {
  std::string name;
  std::string cron;  ///< five fields, as Auto Scaling takes them
  std::string time_zone = "UTC";
  std::int64_t min = 0;
  std::int64_t desired = 0;
  std::int64_t max = 0;
};

/// Instances that wait beside the group, made ready before they are needed.
struct WarmPool {
  bool running = false;  ///< with the engine loaded, at the full price; else stopped, for the price of their disks
  std::int64_t nodes = 1;
};

/// Of an instance type that wsdeep does not know.
struct GpuSettings {
  std::int64_t count = 0;
  std::int64_t gb = 0;  ///< memory of each
};

struct LlmSettings {
  std::string domain;
  std::string certificate;
  std::string model;
  std::string model_source;     ///< s3://bucket/prefix; empty: the engine fetches the model from its own registry
  std::int64_t weights_gb = 0;  ///< of a model that wsdeep does not know
  EngineKind engine = EngineKind::kVllm;
  std::string image;  ///< empty: the engine's own
  std::vector<std::string> instance_types;
  std::optional<GpuSettings> gpus;
  Capacity capacity = Capacity::kOnDemand;
  std::int64_t on_demand_base = 0;
  std::int64_t min = 1;
  std::int64_t desired = 1;
  std::int64_t max = 2;
  std::int64_t start_minutes = 10;  ///< from a node's launch until it serves, as far as anybody can say
  std::int64_t volume_gb = 200;
  std::int64_t context_tokens = 8192;
  std::int64_t slots = 0;                ///< answers at a time on a node; 0: what suits the engine (`slots_of`)
  std::int64_t queue = 0;                ///< calls that wait on a node; 0: as many as it has slots
  double target_load = 0.7;              ///< (running + waiting) / slots of a node: what target tracking keeps
  std::int64_t first_text_seconds = 60;  ///< to the first word of an answer
  std::int64_t timeout_seconds = 600;    ///< for the whole answer
  std::int64_t sticky_seconds = 3600;
  std::int64_t drain_seconds = 300;        ///< for the answers of a node that goes; not written: timeout_seconds
  std::int64_t replacements_per_hour = 3;  ///< of nodes that could not come so far as to serve
  std::string system_prompt;
  std::vector<ScheduleEntry> schedule;
  std::string ami;              ///< id, or the name of the SSM parameter that holds it; empty: AWS's own
  std::string node_package;     ///< s3://bucket/key, or a key of the project's bucket; empty: the one that is built
  std::string model_snapshot;   ///< EBS snapshot whose file system is the model; empty: none
  bool instance_store = false;  ///< model and images on the instance's own disks
  std::optional<WarmPool> warm_pool;
  std::string capacity_reservation;  ///< id; empty: whatever capacity there is
  bool capacity_block = false;       ///< that reservation is a Capacity Block
  std::string agent_id;              ///< of Amazon Bedrock's agent
  std::string agent_alias;           ///< the id of its alias
  std::string guardrail;             ///< id or ARN of the guardrail for a model of Bedrock's; empty: none
  std::string guardrail_version = "DRAFT";

  /// There is no fleet then, and no network for it.
  bool on_bedrock() const { return engine == EngineKind::kBedrock || asks_agent(); }
  bool asks_agent() const { return engine == EngineKind::kBedrockAgent; }

  /// Its size, or its schedule, lets the fleet have no node.
  bool may_be_empty() const {
    return min == 0 || std::any_of(schedule.begin(), schedule.end(), [](const auto& entry) { return entry.min == 0; });
  }
  /// A warm pool and a reservation are for one instance type; else the group takes the first that it can get.
  bool has_one_type() const { return warm_pool || !capacity_reservation.empty(); }
  bool brings_model() const { return !model_source.empty() || !model_snapshot.empty(); }
};

struct DomainSettings {
  std::string name;
  std::string certificate;
  std::string hosted_zone;  ///< empty: somebody else makes the record
};

struct LimitSettings {
  std::int64_t requests_per_second = 500;
  std::int64_t burst = 1000;
  std::int64_t coalesce_ms = 20;
  std::int64_t connection_ttl_seconds = 3 * 3600;        ///< no connection lives longer than two hours
  std::int64_t chat_retention_seconds = 14 * 24 * 3600;  ///< after its last use
  std::int64_t generate_concurrency =
      0;  ///< reserved; 0: the account's pool; not written: in production what the fleet can take
};

enum class BackendNetwork { kPublic, kVpc };

/// A service of somebody else's, which the clients of some routes talk to (README, "A backend of your own").
struct BackendSettings {
  std::string url;
  std::vector<std::string> routes{"$default"};
  std::int64_t timeout_ms = 10'000;  ///< of one request; a route has 29 s
  std::int64_t connect_timeout_ms = 2'000;
  std::map<std::string, std::string> headers;  ///< that each request gets
  std::string signing_secret;       ///< name or ARN of the Secrets Manager secret; empty: nothing is signed, nor pushed
  bool continue_when_down = false;  ///< who connects comes in unasked while it does not answer
  BackendNetwork network = BackendNetwork::kPublic;

  bool takes(std::string_view route) const { return std::find(routes.begin(), routes.end(), route) != routes.end(); }
};

/// Chat over plain HTTP requests (README, "REST chat").
struct RestChatSettings {
  std::string table;              ///< one that is there already; empty: the stack's own
  std::string hs256_secret;       ///< name or ARN of the Secrets Manager secret of HS256 tokens; empty: there are none
  std::string hs256_issuer;       ///< of those tokens; empty: they name none
  bool hs256_pool_users = false;  ///< those tokens may be of users whose ids have the form of the pool's
  /// Reserved of Lambda, and the most at a time: its function URL is asked by whoever knows it. 0: the account's pool;
  /// not written: kDefaultConcurrency in production.
  std::int64_t concurrency = 0;

  static constexpr std::int64_t kDefaultConcurrency = 50;
};

/// The page that people chat on; without a domain it has an address of CloudFront's.
struct WebSettings {
  std::string domain;
  std::string certificate;  ///< in us-east-1
  std::string hosted_zone;  ///< empty: somebody else makes the record
};

/// Against a deployment or a deletion by mistake.
struct ProtectionSettings {
  std::optional<bool> termination;  ///< turned on; nothing: in production
  std::string policy;               ///< a file with a stack policy, or one of those below; empty: none is set

  /// Updates that replace or remove tables or the user pool are denied.
  static constexpr std::string_view kDenyReplaceOfData = "deny-replace-of-data";
  /// All updates are allowed: takes back a policy that was set.
  static constexpr std::string_view kAllowAll = "allow-all";
};

enum class Architecture { kX86_64, kArm64 };

/// New code of a function gets `percent` of the calls for `minutes`, and then all, unless an alarm rings meanwhile.
struct Canary {
  std::int64_t percent = 10;
  std::int64_t minutes = 10;
};

struct FunctionSettings {
  Architecture architecture = Architecture::kX86_64;
  std::optional<Canary> canary;  ///< nothing: new code gets all calls at once
  std::int64_t memory_mb = 256;
  std::int64_t generate_memory_mb = 512;
};

/// Terminals for signed-in people, on an instance of their own: the backend of the service. Limits are each session's.
struct LabSettings {
  std::string instance_type = "t3.small";
  std::string ami;  ///< id, or the name of the SSM parameter that holds it; empty: Amazon Linux 2023
  std::string cache_type = "cache.t4g.micro";
  std::int64_t volume_gb = 20;
  std::int64_t idle_minutes = 30;  ///< without a key, after which it ends
  std::int64_t memory_mb = 256;
  std::int64_t processes = 128;
  double cpus = 1;
  std::int64_t sessions = 6;  ///< at a time; what the instance's memory has room for
  std::int64_t sessions_per_user = 3;
};

/// Environments, and stacks without settings, whose name says that people work with them.
bool is_production_name(std::string_view name);

/// Everything about one environment, the overrides applied.
struct EnvironmentSettings {
  std::string name;
  std::string project;
  std::string region;
  std::string profile;     ///< empty: the credential chain's own
  std::string account;     ///< the one that it belongs to; empty: whichever the credentials are of
  std::string stack_name;  ///< of the service
  std::optional<DomainSettings> domain;
  AuthSettings auth;
  NetworkSettings network;
  LlmSettings llm;
  LimitSettings limits;
  FunctionSettings functions;
  ProtectionSettings protection;
  std::optional<BackendSettings> backend;  ///< beside the chat
  std::optional<LabSettings> lab;          ///< a backend that wsdeep brings
  std::optional<RestChatSettings> rest_chat;
  std::optional<WebSettings> web;  ///< the page that people chat on
  bool rooms = false;              ///< people talk with each other, too
  std::vector<std::string> allowed_origins;
  std::int64_t log_retention_days = 30;
  std::string alarm_email;
  std::int64_t monthly_budget_usd = 0;   ///< 0: no budget
  aws::UnitPrices prices;                ///< by which a load test says what it cost; nothing is deployed of them
  bool api_gateway_logging_role = true;  ///< make the account's role for API Gateway's logs
  std::map<std::string, std::string> tags;

  std::string stack_name_of(Part part) const { return stack::stack_name_of(part, stack_name); }
  /// A VPC, of ours or of somebody else's: for nodes, a lab, or a backend that is in one.
  bool has_network() const { return !llm.on_bedrock() || lab || (backend && backend->network == BackendNetwork::kVpc); }
  /// Whether a backend has the route, `$default` for one.
  bool is_backends(std::string_view route) const { return backend && backend->takes(route); }
  /// The routes that the chat has (contract §1), beside `$default`.
  std::vector<std::string> chat_routes() const;
};

struct Settings {
  std::string project;
  std::vector<EnvironmentSettings> environments;  ///< in the order of the file

  const EnvironmentSettings* find(std::string_view name) const;
};

struct ParsedSettings {
  Settings settings;  ///< usable when `diagnostics` has no error
  std::vector<Diagnostic> diagnostics;
};

/// Reads and checks the whole text; reports every problem that it finds, not just the first. `file` names it in the
/// diagnostics.
ParsedSettings parse_settings(std::string_view text, const std::string& file = "wsdeep.yaml");

/// The settings of `path`. Throws Error{kNotFound} when there is no such file, and Error{kUsage}, whose message is the
/// rendered diagnostics, when it has errors. Warnings are handed to the caller.
Settings load_settings(const Files& files, const std::string& path, std::vector<Diagnostic>& warnings);

/// The environment `name`; the only one when `name` is empty. Throws Error{kUsage} that lists what there is.
const EnvironmentSettings& choose_environment(const Settings& settings, std::string_view name);

}  // namespace wsdeep::stack
