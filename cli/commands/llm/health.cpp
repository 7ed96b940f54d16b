#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

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

std::string health_json(const llm::NodeHealth& health) {
  nlohmann::json json = {{"status", health.status}, {"nodeId", health.node_id},      {"model", health.model},
                         {"engine", health.engine}, {"slots", health.slots},         {"active", health.active},
                         {"queued", health.queued}, {"completed", health.completed}, {"cancelled", health.cancelled},
                         {"failed", health.failed}};
  if (health.is_status_alone())
    for (auto& [name, value] : json.items())
      if (name != "status") value = nullptr;
  return wire::compact_json(json);
}

std::string health_text(const llm::NodeHealth& health) {
  if (health.is_status_alone()) return health.status;
  return fmt::format("{} · node {} · {} ({}) · {}/{} slots busy, {} queued · {} completed, {} cancelled, {} failed",
                     health.status, health.node_id, health.model, health.engine, health.active, health.slots,
                     health.queued, health.completed, health.cancelled, health.failed);
}

}  // namespace

}  // namespace wsdeep::commands
