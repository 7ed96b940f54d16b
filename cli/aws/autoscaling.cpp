#include "aws/autoscaling.h"

#include "aws/query.h"

namespace wsdeep::aws {

AutoScaling::AutoScaling(net::HttpClient& http, ClientOptions options, CredentialSource& credentials,
                         const Clock& clock)
    : client_(http, std::move(options), credentials, "autoscaling", "autoscaling", clock) {}

std::optional<AutoScalingGroup> AutoScaling::describe_group(const std::string& name) {
  const XmlNode result =
      query(client_, {"DescribeAutoScalingGroups", "2011-01-01"}, {{"AutoScalingGroupNames.member.1", name}});
  const auto groups = result.list("AutoScalingGroups");
  if (groups.empty()) return std::nullopt;
  const XmlNode& node = *groups.front();
  AutoScalingGroup group{node.text_of("AutoScalingGroupName"),
                         node.text_of("MinSize"),
                         node.text_of("DesiredCapacity"),
                         node.text_of("MaxSize"),
                         {}};
  for (const XmlNode* one : node.list("Instances"))
    group.instances.push_back({one->text_of("InstanceId"), one->text_of("InstanceType"),
                               one->text_of("AvailabilityZone"), one->text_of("LifecycleState"),
                               one->text_of("HealthStatus")});
  return group;
}

}  // namespace wsdeep::aws
