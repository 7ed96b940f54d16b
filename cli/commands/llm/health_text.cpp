#include "commands/llm/health_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/printable.h"
#include "wire/json_text.h"

namespace wsdeep::commands {
namespace {

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

nlohmann::json json_of(const llm::NodeHealth& health) {
  nlohmann::json json = {{"status", health.status}, {"nodeId", health.node_id},      {"model", health.model},
                         {"engine", health.engine}, {"slots", health.slots},         {"active", health.active},
                         {"queued", health.queued}, {"completed", health.completed}, {"cancelled", health.cancelled},
                         {"failed", health.failed}};
  add_later_fields(json, health);
  if (health.is_status_alone())
    for (auto& [name, value] : json.items())
      if (name != "status") value = nullptr;
  return json;
}

}  // namespace

std::string health_json(const llm::NodeHealth& health) {
  return wire::compact_json(json_of(health));
}

std::string health_text(const llm::NodeHealth& health) {
  if (health.is_status_alone()) return printable(health.status);
  std::string text = fmt::format("{} · node {} · {} ({}) · {}/{} slots busy, {} queued", health.status, health.node_id,
                                 health.model, health.engine, health.active, health.slots, health.queued);
  if (health.load) text += fmt::format(", load {:.2f}", *health.load);
  if (health.kv_use) text += fmt::format(", KV cache {:.0f} %", *health.kv_use * 100);
  if (health.ttft_p50_us)
    text += " · first token after " + human_duration(std::chrono::microseconds(*health.ttft_p50_us));
  text += fmt::format(" · {} completed, {} cancelled, {} failed", health.completed, health.cancelled, health.failed);
  if (!health.version.empty()) text += " · wsdeep " + health.version;
  return printable(text);
}

std::string view_text(const llm::NodeView& view) {
  if (!view.health) return view.fault;
  const bool agrees = view.serving.empty() || (view.serving == "SERVING") == view.health->is_healthy();
  return health_text(*view.health) + (agrees ? "" : " · grpc.health.v1: " + view.serving);
}

std::string view_json(const std::string& url, const llm::NodeView& view, const std::string& at) {
  nlohmann::json json = view.health ? json_of(*view.health) : nlohmann::json{{"status", nullptr}};
  json["url"] = url;
  if (!at.empty()) json["at"] = at;
  json["healthy"] = view.is_well();
  json["serving"] = view.serving.empty() ? nlohmann::json(nullptr) : nlohmann::json(view.serving);
  if (!view.health) json["fault"] = view.fault;
  return wire::compact_json(json);
}

}  // namespace wsdeep::commands
