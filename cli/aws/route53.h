#pragma once

#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct PrivateZone {
  std::string id;
  std::string name;   ///< without the dot at its end
  std::string owner;  ///< an account, or a service such as efs.amazonaws.com
};

/// Route 53, which is one for all regions of a partition.
/// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHostedZonesByVPC.html
class Route53 {
 public:
  /// `options` as those of any other service: the public endpoint of their region becomes that of the partition.
  Route53(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// The private zones whose names the VPC resolves.
  std::vector<PrivateZone> zones_of_vpc(const std::string& vpc, const std::string& region);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
