#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/cloudwatch.h"
#include "deploy/stack_session.h"

namespace wsdeep::deploy {

/// A deployment and what belongs to it, as it is now.
struct StackStatus {
  aws::Stack stack;                           ///< of the service
  std::vector<aws::StackResource> resources;  ///< those of nested stacks, too
  std::optional<aws::Stack> fleet;            ///< the stack of the nodes, where there is one
  std::vector<aws::StackResource> fleet_resources;
  std::vector<aws::Alarm> alarms;
};

StackStatus read_status(StackSession& session);

/// How many resources a nested stack holds, those of the stacks in it included.
std::size_t resources_in(const aws::StackResource& nested, const StackStatus& status);
/// Empty when the stack has no such output.
std::string output_of(const aws::Stack& stack, std::string_view key);

}  // namespace wsdeep::deploy
