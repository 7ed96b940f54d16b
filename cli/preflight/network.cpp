#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "preflight/checks.h"
#include "preflight/cidr.h"

namespace wsdeep::preflight {
namespace {

constexpr const char* kNetworkCheck = "network";
constexpr const char* kSubnetsCheck = "subnets";
constexpr const char* kZonesCheck = "private-zones";
constexpr const char* kEndpointsCheck = "api-endpoints";
constexpr const char* kAddressesCheck = "addresses";
/// What a load balancer needs in each of its subnets.
/// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
constexpr std::int64_t kBalancerAddresses = 8;

void add_missing_subnets(const Facts& facts, Findings& out) {
  for (const std::string& id : facts.place->subnets)
    if (std::ranges::find(*facts.subnets, id, &aws::SubnetInfo::id) == facts.subnets->end())
      out.push_back({kSubnetsCheck, Severity::kError,
                     fmt::format("there is no subnet {} in {}", id, facts.settings.region),
                     "the deployment would fail at it", "correct network.subnets"});
}

void add_subnet_faults(const Facts& facts, const aws::SubnetInfo& subnet, Findings& out) {
  const std::int64_t nodes = facts.settings.llm.max;
  if (subnet.vpc != facts.place->vpc)
    out.push_back({kSubnetsCheck, Severity::kError,
                   fmt::format("subnet {} is in {}, network.vpc is {}", subnet.id, subnet.vpc, facts.place->vpc),
                   "security groups and subnets have to be of one VPC", "correct network.subnets or network.vpc"});
  if (subnet.free_addresses < kBalancerAddresses)
    out.push_back({kSubnetsCheck, Severity::kError,
                   fmt::format("subnet {} has {} free addresses", subnet.id, subnet.free_addresses),
                   fmt::format("a load balancer needs {} in each of its subnets", kBalancerAddresses),
                   "free some, or name a larger subnet"});
  else if (subnet.free_addresses < kBalancerAddresses + nodes)
    out.push_back({kSubnetsCheck, Severity::kWarning,
                   fmt::format("subnet {} has {} free addresses", subnet.id, subnet.free_addresses),
                   fmt::format("the load balancer takes {} of them, {} nodes and the functions take the rest",
                               kBalancerAddresses, nodes),
                   "free some, or name a larger subnet"});
}

bool is_ours(const Facts& facts, const std::string& zone) {
  return facts.own.value && facts.own->zones.contains(zone);
}

/// Networks that a peering joins already, without our own stack's.
struct Neighbour {
  std::string words;
  std::vector<std::string> cidrs;
  bool is_peered = false;
};

std::vector<Neighbour> neighbours(const Facts& facts) {
  std::set<std::string> own;
  std::vector<Neighbour> found;
  const auto stacks = own_stack_names(facts.settings);
  if (facts.vpcs.value)
    for (const aws::VpcInfo& vpc : *facts.vpcs) {
      if (std::ranges::find(stacks, vpc.stack) != stacks.end())
        own.insert(vpc.id);
      else
        found.push_back({vpc.id, vpc.cidrs, false});
    }
  if (facts.peerings.value)
    for (const aws::VpcPeering& peering : *facts.peerings)
      if (std::ranges::none_of(peering.vpcs, [&](const auto& vpc) { return own.contains(vpc); }))
        found.push_back({fmt::format("peering {}", peering.id), peering.cidrs, true});
  return found;
}

}  // namespace

Findings check_place(const Facts& facts) {
  if (facts.place.trouble) return {unanswered(kNetworkCheck, "the network's parameters", *facts.place.trouble, facts)};
  if (!facts.place.value) return {};
  Findings found;
  for (const std::string& name : facts.place->unknown)
    found.push_back({kNetworkCheck, Severity::kError,
                     fmt::format("Parameter Store has no parameter {} in {}", name, facts.settings.region),
                     "the deployment would fail at it", "correct the name in `network`, or have the parameter made"});
  return found;
}

Findings check_subnets(const Facts& facts) {
  if (facts.subnets.trouble) return {unanswered(kSubnetsCheck, "network.subnets", *facts.subnets.trouble, facts)};
  if (!facts.subnets.value) return {};
  Findings found;
  add_missing_subnets(facts, found);
  std::set<std::string> zones;
  for (const aws::SubnetInfo& subnet : *facts.subnets) {
    zones.insert(subnet.zone);
    add_subnet_faults(facts, subnet, found);
  }
  if (zones.size() == 1)
    found.push_back({kSubnetsCheck, Severity::kError, fmt::format("all of network.subnets are in {}", *zones.begin()),
                     "a load balancer wants subnets in two zones", "name a subnet of another zone, too"});
  if (found.empty())
    found.push_back({kSubnetsCheck, Severity::kOk,
                     fmt::format("{} in {}", facts.subnets->size(), join({zones.begin(), zones.end()}, ", "))});
  return found;
}

Findings check_private_zones(const Facts& facts) {
  if (facts.private_zones.trouble)
    return {unanswered(kZonesCheck, "the VPC's private zones", *facts.private_zones.trouble, facts)};
  if (!facts.private_zones.value) return {};
  const std::string& domain = facts.settings.llm.domain;
  for (const aws::PrivateZone& zone : *facts.private_zones) {
    if (zone.name != domain) continue;
    if (is_ours(facts, zone.id))
      return {
          {kZonesCheck, Severity::kOk, fmt::format("{} in {} is this environment's own", domain, facts.place->vpc)}};
    return {{kZonesCheck, Severity::kError,
             fmt::format("{} has a private zone {} already ({}, of {})", facts.place->vpc, domain, zone.id, zone.owner),
             "a VPC takes one zone of a name: the deployment would fail at its own",
             "give this environment another llm.domain, or delete or disassociate that zone"}};
  }
  return {{kZonesCheck, Severity::kOk, fmt::format("{} is free in {}", domain, facts.place->vpc)}};
}

Findings check_api_endpoints(const Facts& facts) {
  if (facts.api_endpoints.trouble)
    return {unanswered(kEndpointsCheck, "the VPC's endpoints", *facts.api_endpoints.trouble, facts)};
  if (!facts.api_endpoints.value) return {};
  for (const aws::VpcEndpointInfo& endpoint : *facts.api_endpoints)
    if (endpoint.private_dns)
      return {
          {kEndpointsCheck, Severity::kError,
           fmt::format("endpoint {} takes all names of execute-api in {} (private DNS)", endpoint.id, facts.place->vpc),
           "the function `generate` posts answers to the API's public name, gets 403 there, and no user sees an answer",
           fmt::format("turn its private DNS off: aws ec2 modify-vpc-endpoint --vpc-endpoint-id {} "
                       "--no-private-dns-enabled; or use another VPC",
                       endpoint.id)}};
  return {
      {kEndpointsCheck, Severity::kOk, fmt::format("no endpoint of {} is in the way of the API", facts.place->vpc)}};
}

Findings check_addresses(const Facts& facts) {
  Findings found;
  if (facts.vpcs.trouble) found.push_back(unanswered(kAddressesCheck, "the other VPCs", *facts.vpcs.trouble, facts));
  if (facts.peerings.trouble) found.push_back(unanswered(kAddressesCheck, "peerings", *facts.peerings.trouble, facts));
  if (!facts.vpcs.value && !facts.peerings.value) return found;
  const std::string& cidr = facts.settings.network.cidr;
  for (const Neighbour& one : neighbours(facts))
    for (const std::string& other : one.cidrs)
      if (overlap(cidr, other))
        found.push_back({kAddressesCheck, one.is_peered ? Severity::kWarning : Severity::kNote,
                         fmt::format("network.cidr {} overlaps {} of {}", cidr, other, one.words),
                         "networks with the same addresses can never be peered or reached by one transit gateway",
                         "choose a network.cidr of your own, before the first deployment: it cannot be changed later"});
  if (found.empty())
    found.push_back({kAddressesCheck, Severity::kOk, fmt::format("network.cidr {} is nobody else's here", cidr)});
  return found;
}

}  // namespace wsdeep::preflight
