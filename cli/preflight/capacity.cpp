#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "preflight/checks.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kTypesCheck = "instance-types";
constexpr const char* kQuotaCheck = "gpu-quota";

using Types = std::vector<std::string>;

/// The zones that the nodes' subnets are in, or will be; empty: not known.
std::vector<std::string> node_zones(const Facts& facts) {
  const stack::NetworkSettings& network = facts.settings.network;
  std::set<std::string> zones;
  if (network.mode != stack::NetworkMode::kNew) {
    if (facts.subnets.value)
      for (const aws::SubnetInfo& subnet : *facts.subnets) zones.insert(subnet.zone);
  } else if (!network.zones.empty()) {
    zones.insert(network.zones.begin(), network.zones.end());
  } else if (facts.zones.value) {
    constexpr std::size_t kZonesOfNewNetwork = 2;
    for (const std::string& zone : *facts.zones)
      if (zones.size() < kZonesOfNewNetwork) zones.insert(zone);
  }
  return {zones.begin(), zones.end()};
}

bool is_offered(const Facts& facts, const std::string& type, const std::string& zone) {
  return std::ranges::any_of(*facts.offers, [&](const auto& one) { return one.type == type && one.zone == zone; });
}

/// Where in the region a type could be had.
std::string zones_with(const Facts& facts, const Types& types) {
  std::set<std::string> zones;
  for (const aws::InstanceTypeOffer& one : *facts.offers)
    if (std::ranges::find(types, one.type) != types.end()) zones.insert(one.zone);
  return zones.empty() ? "no zone" : join({zones.begin(), zones.end()}, ", ");
}

Finding no_zone(const Facts& facts, const Types& zones) {
  const Types& types = facts.settings.llm.instance_types;
  return {kTypesCheck, Severity::kError,
          fmt::format("none of {} is offered in {}", join(types, ", "), join(zones, ", ")),
          fmt::format("no node could start; in {} they are in {}", facts.settings.region, zones_with(facts, types)),
          "choose subnets (network.zones) there, or other types: aws ec2 describe-instance-type-offerings "
          "--location-type availability-zone"};
}

Finding some_zones(const Facts& facts, const Types& without, const Types& zones) {
  return {kTypesCheck, Severity::kWarning,
          fmt::format("{} {} not offered in {}", join(facts.settings.llm.instance_types, ", "),
                      facts.settings.llm.instance_types.size() == 1 ? "is" : "are all", join(without, ", ")),
          fmt::format("no node starts there; when the other of {} is gone, no node is left", join(zones, ", ")),
          "choose subnets (network.zones) in zones that have them, or add a type that both have"};
}

Finding known_types(const Facts& facts, const Types& zones) {
  return {kTypesCheck, Severity::kOk,
          fmt::format("{} in {}", join(facts.settings.llm.instance_types, ", "), join(zones, ", "))};
}

void add_unknown_types(const Facts& facts, Findings& out) {
  for (const std::string& type : facts.settings.llm.instance_types)
    if (facts.vcpus.value && !facts.vcpus->contains(type))
      out.push_back({kTypesCheck, facts.vcpus->empty() ? Severity::kError : Severity::kWarning,
                     fmt::format("EC2 has no instance type {} in {}", type, facts.settings.region),
                     facts.vcpus->empty() ? "no node could start" : "nodes start as the others of llm.instance_types",
                     "correct llm.instance_types, or choose another region"});
}

/// The types that one quota counts.
struct QuotaGroup {
  std::string code;
  bool spot = false;
  Types types;
  std::int64_t least_vcpus = 0;  ///< of the smallest of them
};

std::vector<QuotaGroup> groups_of(const Facts& facts, bool spot) {
  std::vector<QuotaGroup> groups;
  for (const std::string& type : facts.settings.llm.instance_types) {
    const std::string code(quota_code(type, spot));
    const auto vcpus = facts.vcpus->find(type);
    if (!facts.quotas.contains(code) || vcpus == facts.vcpus->end() || vcpus->second <= 0) continue;
    auto group = std::ranges::find(groups, code, &QuotaGroup::code);
    if (group == groups.end()) group = groups.insert(group, QuotaGroup{code, spot, {}, vcpus->second});
    group->types.push_back(type);
    group->least_vcpus = std::min(group->least_vcpus, vcpus->second);
  }
  return groups;
}

/// vCPUs of that quota which run in others' stacks: ours are counted as what they may become.
std::int64_t used_by_others(const Facts& facts, const QuotaGroup& group) {
  if (!facts.running.value) return 0;
  const auto own = own_stack_names(facts.settings);
  std::int64_t used = 0;
  for (const aws::RunningInstance& one : *facts.running)
    if (one.spot == group.spot && quota_code(one.type, one.spot) == group.code &&
        std::ranges::find(own, one.stack) == own.end())
      used += one.vcpus;
  return used;
}

struct Room {
  std::int64_t nodes = 0;  ///< that fit into the quotas
  std::string words;
  std::string fix;
};

void add_group(const Facts& facts, const QuotaGroup& group, std::int64_t most, Room& room) {
  const aws::ServiceQuota& quota = *facts.quotas.at(group.code);
  const auto allowed = static_cast<std::int64_t>(std::floor(std::min(quota.value, 1e9)));
  const std::int64_t used = used_by_others(facts, group);
  room.nodes += std::max<std::int64_t>(0, allowed - used) / group.least_vcpus;
  room.words +=
      fmt::format("{}'{}' ({}) is {} vCPUs{}, a node of {} takes {}", room.words.empty() ? "" : "; ", quota.name,
                  group.code, allowed, used > 0 ? fmt::format(", {} of them in use by others", used) : "",
                  join(group.types, " or "), group.least_vcpus);
  if (!room.fix.empty()) return;
  room.fix = fmt::format(
      "ask for more, which takes hours to days: aws service-quotas request-service-quota-increase "
      "--service-code ec2 --quota-code {} --desired-value {} --region {}",
      group.code, used + most * group.least_vcpus, facts.settings.region);
}

Finding judged(const Room& room, const NodeCounts& counts, bool spot) {
  const char* kind = spot ? "Spot" : "on demand";
  if (room.nodes >= counts.most)
    return {kQuotaCheck, Severity::kOk,
            fmt::format("{} node{} {} {}: {}", counts.most, counts.most == 1 ? "" : "s", kind,
                        counts.most == 1 ? "fits" : "fit", room.words)};
  const bool starts = room.nodes >= counts.first;
  return {kQuotaCheck, starts ? Severity::kWarning : Severity::kError,
          fmt::format("{} of {} nodes {} fit: {}", room.nodes, starts ? counts.most : counts.first, kind, room.words),
          fmt::format("the fleet {}, with {}", starts ? "stops growing there" : "cannot start",
                      spot ? "MaxSpotInstanceCountExceeded" : "VcpuLimitExceeded"),
          room.fix};
}

void add_quota_findings(const Facts& facts, bool spot, Findings& out) {
  const NodeCounts counts = node_counts(facts.settings.llm, spot);
  if (counts.most == 0) return;
  Room room;
  bool is_known = false;
  for (const QuotaGroup& group : groups_of(facts, spot)) {
    const auto& asked = facts.quotas.at(group.code);
    if (asked.trouble)
      out.push_back(unanswered(kQuotaCheck, fmt::format("quota {}", group.code), *asked.trouble, facts));
    else
      add_group(facts, group, counts.most, room);
    is_known = is_known || asked.value;
  }
  if (is_known) out.push_back(judged(room, counts, spot));
}

}  // namespace

Findings check_instance_types(const Facts& facts) {
  Findings found;
  if (facts.vcpus.trouble) found.push_back(unanswered(kTypesCheck, "llm.instance_types", *facts.vcpus.trouble, facts));
  add_unknown_types(facts, found);
  if (facts.offers.trouble) {
    found.push_back(unanswered(kTypesCheck, "where the types are offered", *facts.offers.trouble, facts));
    return found;
  }
  if (facts.zones.trouble) found.push_back(unanswered(kTypesCheck, "the region's zones", *facts.zones.trouble, facts));
  const Types zones = node_zones(facts);
  if (!facts.offers.value || zones.empty() || count_of(found, Severity::kError) > 0) return found;
  Types without;
  for (const std::string& zone : zones)
    if (std::ranges::none_of(facts.settings.llm.instance_types,
                             [&](const auto& t) { return is_offered(facts, t, zone); }))
      without.push_back(zone);
  if (without.empty())
    found.push_back(known_types(facts, zones));
  else
    found.push_back(without.size() == zones.size() ? no_zone(facts, zones) : some_zones(facts, without, zones));
  return found;
}

Findings check_gpu_quota(const Facts& facts) {
  if (facts.settings.llm.capacity_block || !facts.vcpus.value) return {};
  Findings found;
  if (facts.running.trouble)
    found.push_back(unanswered(kQuotaCheck, "what runs already", *facts.running.trouble, facts));
  for (const bool spot : {false, true}) add_quota_findings(facts, spot, found);
  return found;
}

}  // namespace wsdeep::preflight
