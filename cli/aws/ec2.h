#pragma once

#include <string>
#include <vector>

#include "aws/client.h"
#include "base/clock.h"

namespace wsdeep::aws {

struct Ec2Instance {
  std::string id;
  std::string type;
  std::string state;     ///< pending, running, shutting-down, terminated, stopping, stopped
  std::string launched;  ///< as the service writes it
  bool spot = false;
};

struct SpotPrice {
  std::string type;
  std::string zone;
  std::string usd_per_hour;  ///< as the service writes it: `0.301200`
};

/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/
class Ec2 {
 public:
  Ec2(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Those of `ids` that EC2 still knows: an instance is forgotten an hour after its end.
  std::vector<Ec2Instance> describe_instances(const std::vector<std::string>& ids);
  /// What a Linux instance of each type costs now, zone by zone.
  std::vector<SpotPrice> spot_prices(const std::vector<std::string>& types, SystemTime now);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
