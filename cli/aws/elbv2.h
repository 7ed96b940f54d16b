#pragma once

#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct TargetHealth {
  std::string id;      ///< of the instance
  std::string state;   ///< initial, healthy, unhealthy, unused, draining, unavailable
  std::string reason;  ///< Target.FailedHealthChecks, Elb.InitialHealthChecking, …; empty for a healthy one
  std::string description;
};

/// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/
class Elbv2 {
 public:
  Elbv2(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Of all that are registered, and of those that still drain. Throws ServiceError `TargetGroupNotFound`, kind
  /// kNotFound.
  std::vector<TargetHealth> describe_target_health(const std::string& target_group_arn);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
