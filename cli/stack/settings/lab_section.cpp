#include "stack/settings/lab_section.h"

#include <fmt/format.h>

#include <utility>

namespace wsdeep::stack {
namespace {

constexpr int kLabPort = 8080;

void read_lab_keys(SectionReader& reader, LabSettings& lab) {
  reader.text("instance_type", lab.instance_type, kInstanceType);
  reader.text("ami", lab.ami, kAmi);
  reader.text("cache_type", lab.cache_type, kCacheType);
  reader.integer("volume_gb", lab.volume_gb, 8, 16'384);
  reader.integer("idle_minutes", lab.idle_minutes, 1, 24 * 60);
  reader.integer("memory_mb", lab.memory_mb, 32, 65'536);
  reader.integer("processes", lab.processes, 8, 10'000);
  reader.number("cpus", lab.cpus, 0.05, 64);
  reader.integer("sessions", lab.sessions, 1, 1000);
  reader.integer("sessions_per_user", lab.sessions_per_user, 1, 1000);
}

/// Of Graviton: their second part has a g behind the generation, such as t4g and m7gd.
bool is_arm(const std::string& type) {
  const std::size_t digit = type.find_first_of("0123456789");
  const std::string family = type.substr(0, type.find('.'));
  return digit != std::string::npos && family.find('g', digit) != std::string::npos;
}

}  // namespace

void read_lab(SectionReader& reader, std::optional<LabSettings>& lab) {
  const YamlNode* node = reader.take("lab");
  if (node == nullptr) return;
  reader.places()[reader.path_of("lab")] = node->at;
  if (node->is_scalar() && node->value == "false") return lab.reset();
  if (!lab) lab.emplace();
  if (node->is_scalar() && node->value == "true") return;
  if (!node->is_map())
    return reader.context().report(node->at, "expected true, or a map such as {instance_type: t3.small}, for 'lab'");
  SectionReader keys(reader.context(), *node, reader.path_of("lab"), reader.places());
  read_lab_keys(keys, *lab);
  keys.finish();
}

BackendSettings lab_backend(const EnvironmentSettings& settings) {
  BackendSettings backend;
  backend.url = fmt::format("http://lab.{}.internal:{}", settings.stack_name, kLabPort);
  // As long as a route lets it: the server itself answers a command within 8 s, or says that it goes on.
  backend.timeout_ms = 27'000;
  backend.network = BackendNetwork::kVpc;
  return backend;
}

std::string lab_arguments(const LabSettings& lab) {
  return fmt::format("--idle {}m --memory-mb {} --processes {} --cpus {} --sessions {} --sessions-per-user {}",
                     lab.idle_minutes, lab.memory_mb, lab.processes, lab.cpus, lab.sessions, lab.sessions_per_user);
}

void check_lab(const EnvironmentSettings& settings, const Places& places, Position environment, ReadContext& context) {
  const LabSettings& lab = *settings.lab;
  const auto report = [&](std::string_view path, std::string message, std::string hint) {
    const auto place = places.find(path);
    context.report(place != places.end() ? place->second : environment, std::move(message), std::move(hint));
  };
  const auto backend = places.lower_bound("backend.");
  if (backend != places.end() && backend->first.starts_with("backend."))
    report(backend->first, "the lab is the backend, and a service has one",
           "leave 'backend' out, or 'lab'; a lab of your own, run as `wsdeep-lab`, is a backend like any other");
  if (settings.network.mode == NetworkMode::kNew && settings.network.egress == Egress::kEndpoints)
    report("network.egress",
           "with egress: endpoints the lab's server has no way to the API, over which it tells clients what is new",
           "use egress: nat");
  if (is_arm(lab.instance_type))
    report("lab.instance_type",
           fmt::format("{} is an arm64 instance, and the lab's package is x86_64", lab.instance_type),
           "use one such as t3.small");
  if (lab.sessions_per_user > lab.sessions)
    report("lab.sessions_per_user",
           fmt::format("sessions_per_user {} is more than sessions {}", lab.sessions_per_user, lab.sessions),
           "make sessions as large at least");
}

}  // namespace wsdeep::stack
