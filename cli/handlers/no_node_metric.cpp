#include "handlers/no_node_metric.h"

#include <fmt/format.h>

#include "base/log.h"

namespace wsdeep::handlers {

std::string no_node_directive(std::int64_t epoch_ms) {
  return fmt::format(
      R"({{"Timestamp":{},"CloudWatchMetrics":[{{"Namespace":"wsdeep/generate","Dimensions":[["Stack"]],)"
      R"("Metrics":[{{"Name":"NoNode","Unit":"Count"}}]}}]}})",
      epoch_ms);
}

void log_no_node(const std::string& stack, const Clock& clock) {
  LogField directive("_aws", "");
  directive.json = no_node_directive(epoch_ms(clock.now()));
  log_warn("no node takes the call", {directive, {"Stack", stack}, {"NoNode", 1}});
}

}  // namespace wsdeep::handlers
