#include "stack/settings/lab_section.h"

#include <fmt/format.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/text.h"

namespace wsdeep::stack {
namespace {

constexpr int kLabPort = 8080;
constexpr std::int64_t kPercentForLab = 80;  // of the instance's memory; the rest is the system's

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

/// Of Graviton: a1, and those with a g behind the generation, such as t4g and m7gd.
bool is_arm(const std::string& type) {
  const std::string family = type.substr(0, type.find('.'));
  const std::size_t digit = family.find_first_of("0123456789");
  return family == "a1" || (digit != std::string::npos && family.find('g', digit) != std::string::npos);
}

/// `4` of `4xlarge`, 1 of `xlarge`; nothing of another size.
std::optional<std::int64_t> times_xlarge(std::string_view size) {
  constexpr std::string_view kXlarge = "xlarge";
  if (!size.ends_with(kXlarge)) return std::nullopt;
  size.remove_suffix(kXlarge.size());
  return size.empty() ? 1 : parse_integer(size, 2, 96);
}

/// Memory of an instance of today's families t, c, m and r, which goes by the size alone, in MB; nothing of another.
/// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
std::optional<std::int64_t> memory_of_instance(std::string_view type) {
  static const std::map<char, std::int64_t> kOfLarge = {{'t', 8192}, {'c', 4096}, {'m', 8192}, {'r', 16'384}};
  static const std::map<std::string_view, std::int64_t> kOfSmallT = {
      {"nano", 512}, {"micro", 1024}, {"small", 2048}, {"medium", 4096}};
  const auto large = kOfLarge.find(type.front());
  const std::size_t dot = type.find('.');
  if (large == kOfLarge.end() || dot == std::string_view::npos || type.starts_with("c5n.")) return std::nullopt;
  const char oldest = type.front() == 't' ? '2' : '5';
  if (!is_digit(type[1]) || type[1] < oldest) return std::nullopt;
  const std::string_view size = type.substr(dot + 1);
  if (size == "large") return large->second;
  if (const auto small = kOfSmallT.find(size); type.front() == 't' && small != kOfSmallT.end()) return small->second;
  const auto times = times_xlarge(size);
  return times ? std::optional(2 * *times * large->second) : std::nullopt;
}

/// Only a warning: a session's memory is a limit, and few reach theirs at once.
void check_memory(const LabSettings& lab, Position at, ReadContext& context) {
  const auto whole = memory_of_instance(lab.instance_type);
  if (!whole) return;
  const std::int64_t room = *whole * kPercentForLab / 100;  // MemoryMax of templates/lab/wsdeep-lab.service
  const std::int64_t wanted = lab.sessions * lab.memory_mb;
  if (wanted <= room) return;
  context.report(at,
                 fmt::format("{} sessions of {} MB are {} MB, and a lab on {} has {} MB: when they are used up, the "
                             "kernel ends programs of sessions that are within their limits",
                             lab.sessions, lab.memory_mb, wanted, lab.instance_type, room),
                 lab.memory_mb <= room
                     ? fmt::format("use sessions: {}, or an instance with more memory", room / lab.memory_mb)
                     : "use a smaller memory_mb, or an instance with more memory",
                 Severity::kWarning);
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
  backend.timeout_ms = kLabTimeout.count();
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
  for (const char* path : {"lab.sessions", "lab.memory_mb", "lab.instance_type", "lab"})
    if (const auto place = places.find(path); place != places.end()) return check_memory(lab, place->second, context);
  check_memory(lab, environment, context);
}

}  // namespace wsdeep::stack
