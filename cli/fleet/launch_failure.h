#pragma once

#include <string>
#include <string_view>

#include "aws/autoscaling.h"

namespace wsdeep::fleet {

/// What stands behind a node that could not be made. The words are for whoever runs the fleet.
struct LaunchFailure {
  std::string_view code;    ///< EC2's, such as VcpuLimitExceeded; empty: none that is known
  std::string_view remedy;  ///< what to do; never empty
  bool may_pass = true;     ///< Auto Scaling's next try may succeed without anybody doing anything
};

/// By the code that the activity's message names, or by EC2's words for it: an older group's messages have no code.
/// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
LaunchFailure explain_launch(const aws::ScalingActivity& activity);

/// `Launching …`: an activity that makes a node.
bool is_launch(const aws::ScalingActivity& activity);

}  // namespace wsdeep::fleet
