#pragma once

#include <cstdint>
#include <string>

namespace wsdeep::llm {

/// What a node says of itself.
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
};

}  // namespace wsdeep::llm
