#include "stack/settings/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stack/settings/backend_section.h"
#include "stack/settings/bedrock_section.h"
#include "stack/settings/exchange_section.h"
#include "stack/settings/gpu_sizing.h"
#include "stack/settings/lab_section.h"
#include "stack/settings/rest_chat_section.h"
#include "stack/settings/schedule_expression.h"
#include "stack/settings/web_section.h"

namespace wsdeep::stack {
namespace {

/// One environment under examination.
struct Checked {
  const EnvironmentSettings& settings;
  const Places& places;
  Position environment;
  ReadContext& context;

  bool written(std::string_view path) const { return places.find(path) != places.end(); }
  Position at(std::string_view path) const {
    const auto place = places.find(path);
    return place != places.end() ? place->second : environment;
  }
  void report(std::string_view path, std::string message, std::string hint = {}) const {
    context.report(at(path), std::move(message), std::move(hint));
  }
};

void check_region(const Checked& c) {
  const std::string meant = misspelt_region(c.settings.region);
  if (c.settings.region.empty() || meant.empty()) return;
  c.report("region", fmt::format("expected a region, got '{}', did you mean '{}'?", c.settings.region, meant));
}

/// Whether `region` can be compared with the environment's: a misspelt one has been reported, once.
bool is_elsewhere(const Checked& c, std::string_view region) {
  const std::string& here = c.settings.region;
  return !here.empty() && misspelt_region(here).empty() && region != here;
}

void check_certificate(const Checked& c, std::string_view path, const std::string& arn) {
  if (arn.empty() || !is_elsewhere(c, arn_region(arn))) return;
  c.report(path,
           fmt::format("the certificate is in {}, environment '{}' in {}", arn_region(arn), c.settings.name,
                       c.settings.region),
           "request or import it in the environment's region: a load balancer and an API take no other");
}

void check_domain(const Checked& c) {
  if (!c.settings.domain) return;
  check_certificate(c, "domain.certificate", c.settings.domain->certificate);
  if (!c.settings.domain->name.empty() && c.settings.domain->name == c.settings.llm.domain)
    c.report("domain.name",
             fmt::format("'{}' is also llm.domain: the private name needs one of its own", c.settings.domain->name));
}

void check_auth(const Checked& c) {
  const AuthSettings& auth = c.settings.auth;
  if (auth.makes_pool() && c.written("auth.client_ids") && !auth.client_ids.empty())
    c.report("auth.client_ids", "a new user pool has no app client yet",
             "remove client_ids, or name the existing pool");
  if (!auth.makes_pool() && auth.client_ids.empty())
    c.report("auth.user_pool", fmt::format("the existing user pool '{}' needs client_ids: the app clients whose tokens "
                                           "are accepted",
                                           auth.user_pool));
  if (!auth.makes_pool() && is_elsewhere(c, auth.user_pool.substr(0, auth.user_pool.find('_'))))
    c.report("auth.user_pool",
             fmt::format("the user pool is not in {}, where environment '{}' is", c.settings.region, c.settings.name));
  if (!auth.makes_pool() && auth.google)
    c.report("auth.google", "an identity provider can be added to a new user pool only",
             "add Google to the existing pool where that pool is managed");
  if (!auth.makes_pool() && !auth.hosted_ui_prefix.empty())
    c.report("auth.hosted_ui_prefix", "a hosted UI can be added to a new user pool only");
  if (!auth.makes_pool() && auth.rotate_refresh_tokens)
    c.report("auth.rotate_refresh_tokens", "refresh tokens are rotated by the app client of a new user pool only",
             "set it where the existing pool is managed");
  if (auth.google && auth.hosted_ui_prefix.empty())
    c.report("auth.google", "signing in with Google needs the hosted UI", "set auth.hosted_ui_prefix");
  if (!auth.hosted_ui_prefix.empty() && auth.callback_urls.empty() && !auth.exchange)
    c.report("auth.hosted_ui_prefix", "the hosted UI needs auth.callback_urls: where it may send people back to");
}

/// Subnets of a load balancer stand in different zones, and a stack in one region.
void check_zones(const Checked& c) {
  const std::vector<std::string>& zones = c.settings.network.zones;
  if (c.written("network.zones") && zones.size() != 2)
    c.report("network.zones", fmt::format("expected two zones, got {}", zones.size()));
  for (std::size_t i = 0; i < zones.size(); ++i)
    if (is_elsewhere(c, std::string_view(zones[i]).substr(0, zones[i].size() - 1)))
      c.report(fmt::format("network.zones.{}", i), fmt::format("zone {} is not in {}, where environment '{}' is",
                                                               zones[i], c.settings.region, c.settings.name));
}

void check_network(const Checked& c) {
  check_zones(c);
  const NetworkSettings& network = c.settings.network;
  if (network.mode == NetworkMode::kExisting && c.written("network.subnets") && network.subnets.size() < 2)
    c.report("network.subnets",
             fmt::format("{} subnet, but the load balancer needs two in different zones", network.subnets.size()));
  if (network.mode == NetworkMode::kSsm && network.subnets.size() > 1)
    c.report("network.subnets.1", "with mode ssm one parameter holds the whole list of subnets");
  if (network.nat_per_zone && network.egress == Egress::kEndpoints)
    c.report("network.nat_per_zone", "there is no NAT gateway with egress: endpoints");
}

/// Without NAT there is no way to Docker Hub, Hugging Face or Ollama's registry.
void check_egress(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (c.settings.network.mode != NetworkMode::kNew || c.settings.network.egress != Egress::kEndpoints) return;
  if (!llm.brings_model())
    c.report(
        "network.egress", "with egress: endpoints the nodes cannot reach the model's registry",
        "copy the model to S3 and set llm.model_source, or to a disk and set llm.model_snapshot, or use egress: nat");
  if (llm.image.find(".dkr.ecr.") == std::string::npos)
    c.report(llm.image.empty() ? "network.egress" : "llm.image",
             "with egress: endpoints the nodes can pull images from Amazon ECR only",
             "copy the engine's image to ECR and set llm.image, or use egress: nat");
}

/// What the other registry calls the same model, or the near name of the right one.
void report_unknown_model(const Checked& c, ModelRegistry registry) {
  const LlmSettings& llm = c.settings.llm;
  c.report("llm.model", fmt::format("unknown model '{}'{}", llm.model, did_you_mean(llm.model, model_names(registry))),
           fmt::format("set llm.weights_gb to the size of its weights to use a model that wsdeep does not know"));
}

/// The weights in GB; 0 when they are not known, which has been reported.
double check_model(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (llm.model.empty()) return 0;
  const ModelRegistry registry = llm.engine == EngineKind::kVllm ? ModelRegistry::kHuggingFace : ModelRegistry::kOllama;
  const auto model = find_model(llm.model);
  if (model && model->registry != registry) {
    const bool vllm = llm.engine == EngineKind::kVllm;
    c.report("llm.model",
             fmt::format("'{}' is a name of {}, and the engine is {}", llm.model,
                         vllm ? "Ollama's library" : "Hugging Face", vllm ? "vllm" : "ollama"),
             fmt::format("for example: {}", model_names(registry)[1]));
    return 0;
  }
  if (llm.weights_gb > 0) return static_cast<double>(llm.weights_gb);
  if (model) return model->weights_gb;
  report_unknown_model(c, registry);
  return 0;
}

/// A type that the table has, or one that `llm.gpus` describes.
std::optional<GpuInstance> instance_of(const LlmSettings& llm, std::string_view type) {
  if (auto known = find_gpu_instance(type)) return known;
  if (!llm.gpus) return std::nullopt;
  return GpuInstance{type, static_cast<int>(llm.gpus->count), static_cast<int>(llm.gpus->gb)};
}

/// What vLLM refuses to start with, whatever memory there is.
void check_engine_limits(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  const auto model = find_model(llm.model);
  if (!model || model->registry != ModelRegistry::kHuggingFace || llm.engine != EngineKind::kVllm) return;
  if (c.written("llm.context_tokens") && context_of(llm.model, llm.context_tokens) < llm.context_tokens)
    c.report("llm.context_tokens", fmt::format("{} reads {} tokens at most", llm.model, model->context_tokens));
  for (std::size_t i = 0; i < llm.instance_types.size(); ++i) {
    const auto instance = instance_of(llm, llm.instance_types[i]);
    if (instance && !shares_heads(*model, *instance))
      c.report(fmt::format("llm.instance_types.{}", i),
               fmt::format("vLLM cannot share the {} attention heads of {} among the {} GPUs of {}", model->heads,
                           llm.model, instance->gpus, instance->type),
               "choose an instance type with fewer GPUs");
  }
}

/// AWS has new types sooner than the table: with `llm.gpus` a name that is not there is only told.
void report_unknown_type(const Checked& c, const std::string& path, const std::string& type) {
  const auto& gpus = c.settings.llm.gpus;
  const std::string unknown =
      fmt::format("'{}' is no GPU instance type that wsdeep knows{}", type, did_you_mean(type, gpu_instance_types()));
  if (gpus)
    c.context.report(c.at(path), unknown,
                     fmt::format("it is taken for one with {} x {} GB, as llm.gpus says", gpus->count, gpus->gb),
                     Severity::kWarning);
  else
    c.report(path, unknown,
             "known families: g5, g6, g6e, p4d, p4de, p5, p5e, p5en; of another one say what it has: "
             "llm.gpus: {count: 8, gb: 180}");
}

void check_instance(const Checked& c, std::size_t index, double weights_gb) {
  const std::string path = fmt::format("llm.instance_types.{}", index);
  const std::string& type = c.settings.llm.instance_types[index];
  if (!find_gpu_instance(type)) report_unknown_type(c, path, type);
  const auto instance = instance_of(c.settings.llm, type);
  if (!instance) return;
  const double needed = needed_gpu_gb(weights_gb);
  if (weights_gb <= 0 || instance->total_gb() >= needed) return;
  const auto enough = smallest_instance_for(weights_gb);
  c.report(
      path,
      fmt::format("{} needs {} GB of GPU memory, {} has {} GB ({} x {} GB)", c.settings.llm.model,
                  std::lround(std::ceil(needed)), type, instance->total_gb(), instance->gpus, instance->gb_per_gpu),
      enough ? fmt::format("the smallest instance type that holds it is {}", *enough)
             : "no single instance type holds it");
}

void check_capacity(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (llm.min > llm.max)
    c.report("llm.min", fmt::format("min {} is more than max {}", llm.min, llm.max));
  else if (llm.desired < llm.min || llm.desired > llm.max)
    c.report("llm.desired", fmt::format("desired {} is not between min {} and max {}", llm.desired, llm.min, llm.max));
  if (llm.on_demand_base > llm.max)
    c.report("llm.on_demand_base", fmt::format("on_demand_base {} is more than max {}", llm.on_demand_base, llm.max));
  if (llm.on_demand_base > 0 && llm.capacity == Capacity::kOnDemand)
    c.report("llm.on_demand_base", "on_demand_base says something for capacity: spot only");
}

/// AWS takes a pool only beside a group of one launch template, without Spot instances; a reservation is for one type.
/// https://docs.aws.amazon.com/AutoScaling/latest/APIReference/API_PutWarmPool.html
void check_one_type(const Checked& c, std::string_view path, std::string_view what) {
  const LlmSettings& llm = c.settings.llm;
  if (llm.capacity == Capacity::kSpot)
    c.report(path, fmt::format("{} takes no Spot instances, and llm.capacity is spot", what),
             "use capacity: on-demand");
  if (llm.instance_types.size() > 1)
    c.report(path,
             fmt::format("{} is for one instance type, and llm.instance_types has {}", what, llm.instance_types.size()),
             "leave the one that it is for");
}

/// Only a warning: such an answer begins anew at another node.
void check_drain_seconds(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (!c.written("llm.drain_seconds") || llm.drain_seconds >= llm.timeout_seconds) return;
  const bool before_text = llm.drain_seconds < llm.first_text_seconds;
  c.context.report(
      c.at("llm.drain_seconds"),
      before_text ? fmt::format("drain_seconds {} is less than first_text_seconds {}: a node that goes ends answers "
                                "that may still begin",
                                llm.drain_seconds, llm.first_text_seconds)
                  : fmt::format("drain_seconds {} is less than timeout_seconds {}: a node that goes cuts answers that "
                                "need longer than {} s, and they begin anew at another node",
                                llm.drain_seconds, llm.timeout_seconds, llm.drain_seconds),
      fmt::format("leave drain_seconds out to give each answer its whole {} s, or make timeout_seconds shorter",
                  llm.timeout_seconds),
      Severity::kWarning);
}

/// Beyond what `generate` is given by default, for which a fleet has room.
void check_concurrency(const Checked& c) {
  const std::int64_t answers = answers_of_fleet(c.settings.llm);
  if (c.written("limits.generate_concurrency") || c.settings.limits.generate_concurrency == 0 ||
      answers <= kMostReserved)
    return;
  c.context.report(c.environment,
                   fmt::format("the fleet of environment '{}' runs {} answers at a time, and generate {} of them by "
                               "default, which leaves the other functions enough of Lambda's usual 1000",
                               c.settings.name, answers, kMostReserved),
                   fmt::format("ask for a higher quota of concurrent executions, then set "
                               "limits.generate_concurrency: {}",
                               answers),
                   Severity::kWarning);
}

/// Auto Scaling may go one above `max` to replace a Spot node in time, but EC2 does not always say so in time.
void check_spot(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (llm.capacity != Capacity::kSpot || llm.max != 1 || llm.on_demand_base > 0) return;
  c.context.report(c.at("llm.capacity"),
                   "the only node is a Spot instance: EC2 takes it back at two minutes' notice, and nobody gets an "
                   "answer until another one has loaded the model",
                   "set llm.max: 2 and llm.min: 2, on_demand_base: 1, or capacity: on-demand", Severity::kWarning);
}

/// Only a warning, and only until somebody has said how long it takes: a fleet may be meant to be empty.
void check_empty_fleet(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (!llm.may_be_empty() || c.written("llm.start_minutes")) return;
  const auto zero =
      std::find_if(llm.schedule.begin(), llm.schedule.end(), [](const auto& one) { return one.min == 0; });
  c.context.report(
      c.at(llm.min == 0 ? "llm.min" : fmt::format("llm.schedule.{}.min", zero - llm.schedule.begin())),
      fmt::format(
          "min 0 lets the fleet go to sleep: the first question after that starts a node and waits for it, about "
          "{} minutes; longer than timeout_seconds {} it does not wait",
          llm.start_minutes, llm.timeout_seconds),
      "if that is meant, say how long a node takes to start, as its users are told it: llm.start_minutes",
      Severity::kWarning);
}

void check_start(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  if (!llm.model_snapshot.empty() && !llm.model_source.empty())
    c.report("llm.model_snapshot", "the model comes from llm.model_source already", "leave one of the two");
  if (llm.instance_store && !llm.model_snapshot.empty())
    c.report("llm.instance_store", "the model is on the volume of llm.model_snapshot already", "leave one of the two");
  if (llm.warm_pool) check_one_type(c, "llm.warm_pool", "a warm pool");
  if (llm.warm_pool && !llm.warm_pool->running && llm.instance_store)
    c.report("llm.instance_store", "an instance that stops loses its own disks: llm.warm_pool would keep nothing warm",
             "leave the model on the root disk (instance_store: false), or use state: running");
  if (!llm.capacity_reservation.empty()) check_one_type(c, "llm.capacity_reservation", "a capacity reservation");
  if (llm.capacity_block && llm.capacity_reservation.empty())
    c.report("llm.capacity_block", "a Capacity Block is known by its reservation",
             "set llm.capacity_reservation to its id");
  if (llm.capacity_block && llm.warm_pool)
    c.report("llm.warm_pool",
             "the instances of a Capacity Block cannot wait in a pool: the block is paid for as a whole",
             "leave warm_pool out, and set llm.min to the size of the block");
}

/// Only a warning: this machine's time zones may be older than the name, or not all installed.
void check_time_zone(const Checked& c, const std::string& path, const std::string& name) {
  if (!c.written(path) || !time_zone_problem(name).empty() || is_known_time_zone(name).value_or(true)) return;
  c.context.report(c.at(path), fmt::format("this machine knows no time zone '{}'", name), {}, Severity::kWarning);
}

void check_schedule(const Checked& c) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < c.settings.llm.schedule.size(); ++i) {
    const ScheduleEntry& entry = c.settings.llm.schedule[i];
    const std::string path = fmt::format("llm.schedule.{}", i);
    if (entry.min > entry.max)
      c.report(path + ".min", fmt::format("min {} is more than max {}", entry.min, entry.max));
    else if (entry.desired < entry.min || entry.desired > entry.max)
      c.report(path + ".desired",
               fmt::format("desired {} is not between min {} and max {}", entry.desired, entry.min, entry.max));
    if (std::find(names.begin(), names.end(), entry.name) != names.end())
      c.report(path + ".name", fmt::format("a second schedule entry named '{}'", entry.name));
    names.push_back(entry.name);
    check_time_zone(c, path + ".time_zone", entry.time_zone);
  }
}

void check_llm(const Checked& c) {
  const LlmSettings& llm = c.settings.llm;
  for (const auto& [path, value, what] :
       {std::tuple{"llm.domain", &llm.domain, "the private name of the LLM's load balancer"},
        {"llm.certificate", &llm.certificate, "the ARN of the certificate for llm.domain"},
        {"llm.model", &llm.model, "the model that the nodes serve"}})
    if (value->empty() && !c.written(path))
      c.report(path, fmt::format("'{}' is missing for environment '{}': {}", path, c.settings.name, what));
  if (llm.instance_types.empty() && !c.written("llm.instance_types.0"))
    c.report("llm.instance_types",
             fmt::format("'llm.instance_types' is missing for environment '{}'", c.settings.name));
  check_certificate(c, "llm.certificate", llm.certificate);
  const double weights_gb = check_model(c);
  for (std::size_t i = 0; i < llm.instance_types.size(); ++i) check_instance(c, i, weights_gb);
  check_engine_limits(c);
  // A model that lies elsewhere takes none of it.
  const double disk_gb = needed_disk_gb(llm.model_snapshot.empty() && !llm.instance_store ? weights_gb : 0);
  if (weights_gb > 0 && static_cast<double>(llm.volume_gb) < disk_gb)
    c.report("llm.volume_gb", fmt::format("a disk of {} GB does not hold the system, the engine and {}: at least {} GB",
                                          llm.volume_gb, llm.model, disk_gb));
  check_capacity(c);
  check_spot(c);
  check_start(c);
  check_drain_seconds(c);
  check_empty_fleet(c);
  check_concurrency(c);
  check_schedule(c);
}

void check_rest(const Checked& c) {
  if (c.settings.allowed_origins.empty() && !c.written("allowed_origins.0"))
    c.report(
        "allowed_origins",
        fmt::format("'allowed_origins' is missing for environment '{}': the origins that browsers may connect from",
                    c.settings.name));
  if (c.settings.monthly_budget_usd > 0 && c.settings.alarm_email.empty())
    c.report("monthly_budget_usd", "a budget without alarm_email tells nobody");
  if (c.settings.tags.size() > 40)
    c.report("tags",
             fmt::format("{} tags; AWS allows 50 for a resource, and wsdeep adds some", c.settings.tags.size()));
}

}  // namespace

void check_combinations(const EnvironmentSettings& settings, const Places& places, Position environment,
                        ReadContext& context) {
  const Checked checked{settings, places, environment, context};
  check_region(checked);
  check_domain(checked);
  check_auth(checked);
  check_exchange(settings, places, environment, context);
  check_bedrock(settings, places, environment, context);
  if (settings.has_network()) check_network(checked);
  if (!settings.llm.on_bedrock()) {
    check_egress(checked);
    check_llm(checked);
  }
  check_rest(checked);
  if (settings.lab)
    check_lab(settings, places, environment, context);
  else
    check_backend(settings, places, environment, context);
  check_rest_chat(settings, places, environment, context);
  check_web(settings, places, environment, context);
}

}  // namespace wsdeep::stack
