#include "fleet/renew.h"

#include <gtest/gtest.h>

namespace wsdeep::fleet {
namespace {

aws::GroupInstance instance(const char* lifecycle, const char* launch_template) {
  return {"i-1", "g6.xlarge", "a", lifecycle, "Healthy", launch_template};
}

TEST(Renew, CountsTheNodesInServiceOfAnEarlierLaunchTemplate) {
  aws::AutoScalingGroup group;
  group.launch_template = "lt-1 version 7";
  group.instances = {instance("InService", "lt-1 version 6"), instance("InService", "lt-1 version 7"),
                     instance("Standby", "lt-1 version 6"),   instance("Terminating:Wait", "lt-1 version 6"),
                     instance("InService", "lt-0 version 7"), instance("InService", "")};
  EXPECT_EQ(outdated_nodes(group), 2);
  group.launch_template.clear();
  EXPECT_EQ(outdated_nodes(group), 0) << "of what is not known nothing is outdated";
}

}  // namespace
}  // namespace wsdeep::fleet
