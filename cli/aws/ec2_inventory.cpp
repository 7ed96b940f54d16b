#include "aws/ec2_inventory.h"

#include <algorithm>

#include "aws/ec2_pages.h"
#include "base/text.h"

namespace wsdeep::aws {
namespace {

constexpr std::int64_t kMostCounted = 1'000'000'000;
constexpr const char* kStackTag = "aws:cloudformation:stack-name";

std::int64_t count_in(const XmlNode& node, std::string_view path) {
  return parse_integer(node.text_of(path), 0, kMostCounted).value_or(0);
}

/// `Filter.N.Name` with its values.
void add_filter(QueryParameters& parameters, int number, const char* name, const std::vector<std::string>& values) {
  parameters.emplace_back(fmt::format("Filter.{}.Name", number), name);
  std::size_t n = 0;
  for (const std::string& value : values)
    parameters.emplace_back(fmt::format("Filter.{}.Value.{}", number, ++n), value);
}

std::string stack_tag(const XmlNode& node) {
  for (const XmlNode* tag : node.list("tagSet", "item"))
    if (tag->text_of("key") == kStackTag) return tag->text_of("value");
  return {};
}

void add_cidrs(const XmlNode& node, const char* set, std::vector<std::string>& out) {
  std::vector<std::string> found{node.text_of("cidrBlock")};
  for (const XmlNode* one : node.list(set, "item")) found.push_back(one->text_of("cidrBlock"));
  for (std::string& cidr : found)
    if (!cidr.empty() && std::ranges::find(out, cidr) == out.end()) out.push_back(std::move(cidr));
}

RunningInstance running_instance(const XmlNode& node) {
  return {node.text_of("instanceType"),
          count_in(node, "cpuOptions/coreCount") * count_in(node, "cpuOptions/threadsPerCore"),
          node.text_of("instanceLifecycle") == "spot", stack_tag(node)};
}

VpcPeering peering_in(const XmlNode& node) {
  VpcPeering peering{node.text_of("vpcPeeringConnectionId"), {}, {}};
  for (const char* end : {"requesterVpcInfo", "accepterVpcInfo"})
    if (const XmlNode* info = node.find(end)) {
      peering.vpcs.push_back(info->text_of("vpcId"));
      add_cidrs(*info, "cidrBlockSet", peering.cidrs);
    }
  return peering;
}

}  // namespace

Ec2Inventory::Ec2Inventory(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                           const Clock& clock)
    : client_(http, std::move(options), credentials, "ec2", "ec2", clock) {}

std::map<std::string, std::int64_t> Ec2Inventory::vcpus_of(const std::vector<std::string>& types) {
  // By a filter: a type that is unknown would fail the whole call.
  QueryParameters parameters;
  add_filter(parameters, 1, "instance-type", types);
  std::map<std::string, std::int64_t> vcpus;
  for_each_ec2_page(client_, "DescribeInstanceTypes", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("instanceTypeSet", "item"))
      vcpus[one->text_of("instanceType")] = count_in(*one, "vCpuInfo/defaultVCpus");
  });
  return vcpus;
}

std::vector<InstanceTypeOffer> Ec2Inventory::offers(const std::vector<std::string>& types) {
  QueryParameters parameters{{"LocationType", "availability-zone"}};
  add_filter(parameters, 1, "instance-type", types);
  std::vector<InstanceTypeOffer> offers;
  for_each_ec2_page(client_, "DescribeInstanceTypeOfferings", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("instanceTypeOfferingSet", "item"))
      offers.push_back({one->text_of("instanceType"), one->text_of("location")});
  });
  return offers;
}

std::vector<RunningInstance> Ec2Inventory::running(const std::vector<std::string>& type_patterns) {
  QueryParameters parameters;
  add_filter(parameters, 1, "instance-state-name", {"pending", "running"});
  add_filter(parameters, 2, "instance-type", type_patterns);
  std::vector<RunningInstance> instances;
  for_each_ec2_page(client_, "DescribeInstances", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* reservation : answer.list("reservationSet", "item"))
      for (const XmlNode* one : reservation->list("instancesSet", "item")) instances.push_back(running_instance(*one));
  });
  return instances;
}

std::vector<std::string> Ec2Inventory::zones() {
  QueryParameters parameters;
  add_filter(parameters, 1, "state", {"available"});
  add_filter(parameters, 2, "zone-type", {"availability-zone"});
  std::vector<std::string> names;
  for_each_ec2_page(client_, "DescribeAvailabilityZones", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("availabilityZoneInfo", "item")) names.push_back(one->text_of("zoneName"));
  });
  std::ranges::sort(names);
  return names;
}

std::vector<SubnetInfo> Ec2Inventory::subnets(const std::vector<std::string>& ids) {
  QueryParameters parameters;
  add_filter(parameters, 1, "subnet-id", ids);
  std::vector<SubnetInfo> subnets;
  for_each_ec2_page(client_, "DescribeSubnets", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("subnetSet", "item"))
      subnets.push_back({one->text_of("subnetId"), one->text_of("vpcId"), one->text_of("availabilityZone"),
                         count_in(*one, "availableIpAddressCount")});
  });
  return subnets;
}

std::vector<VpcInfo> Ec2Inventory::vpcs() {
  std::vector<VpcInfo> vpcs;
  for_each_ec2_page(client_, "DescribeVpcs", {}, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("vpcSet", "item")) {
      VpcInfo& vpc = vpcs.emplace_back(VpcInfo{one->text_of("vpcId"), {}, stack_tag(*one)});
      add_cidrs(*one, "cidrBlockAssociationSet", vpc.cidrs);
    }
  });
  return vpcs;
}

std::vector<VpcEndpointInfo> Ec2Inventory::endpoints(const std::string& vpc, const std::string& service) {
  QueryParameters parameters;
  add_filter(parameters, 1, "vpc-id", {vpc});
  add_filter(parameters, 2, "service-name", {service});
  std::vector<VpcEndpointInfo> endpoints;
  for_each_ec2_page(client_, "DescribeVpcEndpoints", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("vpcEndpointSet", "item"))
      endpoints.push_back(
          {one->text_of("vpcEndpointId"), one->text_of("serviceName"), one->text_of("privateDnsEnabled") == "true"});
  });
  return endpoints;
}

std::vector<VpcPeering> Ec2Inventory::peerings() {
  QueryParameters parameters;
  add_filter(parameters, 1, "status-code", {"active"});
  std::vector<VpcPeering> peerings;
  for_each_ec2_page(client_, "DescribeVpcPeeringConnections", parameters, [&](const XmlNode& answer) {
    for (const XmlNode* one : answer.list("vpcPeeringConnectionSet", "item")) peerings.push_back(peering_in(*one));
  });
  return peerings;
}

}  // namespace wsdeep::aws
