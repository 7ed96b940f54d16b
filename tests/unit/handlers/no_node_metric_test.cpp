#include "handlers/no_node_metric.h"

#include <gtest/gtest.h>

namespace wsdeep::handlers {
namespace {

TEST(NoNodeMetric, IsInTheEmbeddedMetricFormat) {
  EXPECT_EQ(no_node_directive(1'708'326'702'000),
            R"({"Timestamp":1708326702000,"CloudWatchMetrics":[{"Namespace":"wsdeep/generate",)"
            R"("Dimensions":[["Stack"]],"Metrics":[{"Name":"NoNode","Unit":"Count"}]}]})");
}

}  // namespace
}  // namespace wsdeep::handlers
