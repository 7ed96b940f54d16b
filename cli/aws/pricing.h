#pragma once

#include <optional>
#include <string>

#include "aws/client.h"

namespace wsdeep::aws {

/// AWS's price list, which is served in few regions for all of them: `options` is of kRegion.
/// https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/
class Pricing {
 public:
  static constexpr const char* kRegion = "us-east-1";

  Pricing(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// US dollars for an hour of a Linux instance on demand; nothing when the list has no such type in `region`.
  std::optional<double> on_demand_price(const std::string& instance_type, const std::string& region);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
