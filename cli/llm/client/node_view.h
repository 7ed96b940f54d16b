#pragma once

#include <optional>
#include <string>

#include "llm/node_health.h"

namespace wsdeep::llm {

/// What is known of a node at a moment.
struct NodeView {
  std::optional<NodeHealth> health;  ///< nothing: it does not answer
  std::string fault;                 ///< why it does not
  std::string serving;               ///< SERVING, NOT_SERVING …, as grpc.health.v1 says it; empty: it does not say

  bool is_well() const { return health && health->is_healthy() && (serving.empty() || serving == "SERVING"); }
};

}  // namespace wsdeep::llm
