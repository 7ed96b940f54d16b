#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct InstanceTypeOffer {
  std::string type;
  std::string zone;

  auto operator<=>(const InstanceTypeOffer&) const = default;
};

/// An instance that counts against a quota.
struct RunningInstance {
  std::string type;
  std::int64_t vcpus = 0;
  bool spot = false;
  std::string stack;  ///< of CloudFormation, by its tag; may be empty
};

struct SubnetInfo {
  std::string id;
  std::string vpc;
  std::string zone;
  std::int64_t free_addresses = 0;
};

struct VpcInfo {
  std::string id;
  std::vector<std::string> cidrs;
  std::string stack;  ///< of CloudFormation, by its tag; may be empty
};

struct VpcEndpointInfo {
  std::string id;
  std::string service;  ///< com.amazonaws.us-east-1.execute-api
  bool private_dns = false;
};

struct VpcPeering {
  std::string id;
  std::vector<std::string> vpcs;   ///< of its two ends
  std::vector<std::string> cidrs;  ///< of both
};

/// What an account has in a region, and what EC2 offers it there.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
class Ec2Inventory {
 public:
  Ec2Inventory(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// vCPUs by type; types that EC2 does not know in the region are left out.
  std::map<std::string, std::int64_t> vcpus_of(const std::vector<std::string>& types);
  /// In which zones each of the types is offered.
  std::vector<InstanceTypeOffer> offers(const std::vector<std::string>& types);
  /// Those that run or begin to, of types that match one of the patterns (`g*`).
  std::vector<RunningInstance> running(const std::vector<std::string>& type_patterns);
  /// Names of the region's zones that can be used, in the order in which CloudFormation numbers them.
  std::vector<std::string> zones();
  /// Those of the subnets that there are.
  std::vector<SubnetInfo> subnets(const std::vector<std::string>& ids);
  std::vector<VpcInfo> vpcs();
  /// Interface endpoints of `vpc` for `service`.
  std::vector<VpcEndpointInfo> endpoints(const std::string& vpc, const std::string& service);
  /// Those that are active.
  std::vector<VpcPeering> peerings();

 private:
  Client client_;
};

}  // namespace wsdeep::aws
