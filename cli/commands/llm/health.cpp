#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "commands/llm/client_options.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

struct HealthOptions {
  ClientOptions client;
  std::string output = "text";
};

int run_health(const HealthOptions& options, Context& context);

}  // namespace

void add_llm_health(const Command& llm, Context& context) {
  auto options = std::make_shared<HealthOptions>();
  const Command command = llm.add_subcommand("health", "Ask a node how it is");
  command.add_option("--output", options->output, "text or json").one_of({"text", "json"});
  add_client_options(command, options->client);
  command.runs([options, &context] { return run_health(*options, context); });
}

namespace {

std::string health_json(const llm::NodeHealth& health);
std::string health_text(const llm::NodeHealth& health);

int run_health(const HealthOptions& options, Context& context) {
  llm::Client client(llm_target(options.client, context));
  const llm::NodeHealth health = client.health(options.client.timeout());
  context.console.out((options.output == "json" ? health_json(health) : health_text(health)) + "\n");
  if (health.is_healthy()) return 0;
  throw Error(ErrorKind::kFailure, "the node is not healthy" +
                                       (health.status.empty() ? ", or does not say how it is" : ": " + health.status));
}

/// What nodes did not say from the beginning: null where it is not known.
void add_later_fields(nlohmann::json& json, const llm::NodeHealth& health) {
  const auto known = [](const auto& value) { return value ? nlohmann::json(*value) : nlohmann::json(); };
  json["load"] = known(health.load);
  json["draining"] = health.load ? nlohmann::json(health.draining) : nlohmann::json();
  json["ttftP50Ms"] =
      health.ttft_p50_us ? nlohmann::json(static_cast<double>(*health.ttft_p50_us) / 1000) : nlohmann::json();
  json["kvUse"] = known(health.kv_use);
  json["version"] = health.version.empty() ? nlohmann::json() : nlohmann::json(health.version);
}

std::string health_json(const llm::NodeHealth& health) {
  nlohmann::json json = {{"status", health.status}, {"nodeId", health.node_id},      {"model", health.model},
                         {"engine", health.engine}, {"slots", health.slots},         {"active", health.active},
                         {"queued", health.queued}, {"completed", health.completed}, {"cancelled", health.cancelled},
                         {"failed", health.failed}};
  add_later_fields(json, health);
  if (health.is_status_alone())
    for (auto& [name, value] : json.items())
      if (name != "status") value = nullptr;
  return wire::compact_json(json);
}

std::string health_text(const llm::NodeHealth& health) {
  if (health.is_status_alone()) return health.status;
  std::string text = fmt::format("{} · node {} · {} ({}) · {}/{} slots busy, {} queued", health.status, health.node_id,
                                 health.model, health.engine, health.active, health.slots, health.queued);
  if (health.load) text += fmt::format(", load {:.2f}", *health.load);
  if (health.kv_use) text += fmt::format(", KV cache {:.0f} %", *health.kv_use * 100);
  if (health.ttft_p50_us)
    text += " · first token after " + human_duration(std::chrono::microseconds(*health.ttft_p50_us));
  text += fmt::format(" · {} completed, {} cancelled, {} failed", health.completed, health.cancelled, health.failed);
  if (!health.version.empty()) text += " · wsdeep " + health.version;
  return text;
}

}  // namespace

}  // namespace wsdeep::commands
