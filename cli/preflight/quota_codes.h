#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "stack/settings/settings.h"

/// By which of EC2's quotas an instance type is counted, in vCPUs.
/// https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html
namespace wsdeep::preflight {

/// `L-DB2E81BA`; empty for a type whose quota is not in our table.
std::string_view quota_code(std::string_view instance_type, bool spot);
/// Patterns of the types (`g*`) that the same quota counts, among others.
std::vector<std::string> counted_with(std::string_view instance_type);

/// Nodes that the fleet has at most, and those that it begins with, by how they are paid.
struct NodeCounts {
  std::int64_t most = 0;
  std::int64_t first = 0;
};
/// `first` is one where the fleet begins with none, since one has to be possible.
NodeCounts node_counts(const stack::LlmSettings& llm, bool spot);

}  // namespace wsdeep::preflight
