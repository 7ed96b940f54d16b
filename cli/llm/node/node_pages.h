#pragma once

#include <memory>
#include <string>

#include "llm/node/metrics_server.h"
#include "llm/node/node_core.h"

/// The pages of metrics of a node. Private to cli/llm.
namespace wsdeep::llm {

/// Null when `listen` is empty. `core` outlives the server.
std::unique_ptr<MetricsServer> serve_pages(const std::string& listen, const NodeCore& core);

}  // namespace wsdeep::llm
