#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace wsdeep::handlers {

/// Writes the line that CloudWatch makes `NoNode` of, in the namespace wsdeep/generate, by the service's stack: a
/// question has found no node. The alarm that wakes the fleet watches it.
void log_no_node(const std::string& stack, const Clock& clock);

/// The line's `_aws`, in CloudWatch's embedded metric format.
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
std::string no_node_directive(std::int64_t epoch_ms);

}  // namespace wsdeep::handlers
