#pragma once

#include <string>
#include <string_view>

namespace wsdeep::stack {

/// A deployment is two stacks, because it has two lives: functions, tables, sign-in, API and network change by the
/// hour, GPU nodes and what is around them by the week. Each is changed, and rolled back, without the other.
enum class Part { kService, kFleet };

/// The stack of the nodes has the name of the service's and this at its end.
inline constexpr std::string_view kFleetSuffix = "-fleet";

inline std::string stack_name_of(Part part, const std::string& service) {
  return part == Part::kService ? service : service + std::string(kFleetSuffix);
}

/// What the stack of the nodes is given: a parameter of its template, and the output of the service's that fills it.
struct FleetInput {
  const char* parameter;
  const char* output;
  bool required = true;
};
inline constexpr FleetInput kFleetInputs[] = {{"Vpc", "VpcId"},
                                              {"PrivateSubnets", "PrivateSubnetIds"},
                                              {"LoadBalancerSecurityGroup", "LoadBalancerSecurityGroupId"},
                                              {"NodeSecurityGroup", "NodeSecurityGroupId"},
                                              {"AlarmTopic", "AlarmTopicArn", false}};

}  // namespace wsdeep::stack
