#pragma once

#include <cstdint>
#include <string>

namespace wsdeep::llm {

/// What a node says of itself. An older server says its status alone: what else is here is unknown then, not zero.
struct NodeHealth {
  std::string status;
  std::string node_id;
  std::string model;
  std::string engine;
  int slots = 0;
  int active = 0;
  int queued = 0;
  std::int64_t completed = 0;
  std::int64_t cancelled = 0;
  std::int64_t failed = 0;

  /// `SERVING` is what older servers say.
  bool is_healthy() const { return status == "healthy" || status == "SERVING"; }
  bool is_status_alone() const { return node_id.empty(); }
};

}  // namespace wsdeep::llm
