#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/client.h"

namespace wsdeep::aws {

struct GroupInstance {
  std::string id;
  std::string type;
  std::string zone;
  std::string lifecycle;  ///< InService, Pending, Terminating:Wait, …
  std::string health;     ///< Healthy, Unhealthy
};

struct AutoScalingGroup {
  std::string name;
  std::string min, desired, max;
  std::vector<GroupInstance> instances;
};

/// https://docs.aws.amazon.com/autoscaling/ec2/APIReference/
class AutoScaling {
 public:
  AutoScaling(net::HttpClient& http, ClientOptions options, CredentialSource& credentials, const Clock& clock);

  /// Nothing when there is no such group.
  std::optional<AutoScalingGroup> describe_group(const std::string& name);

 private:
  Client client_;
};

}  // namespace wsdeep::aws
