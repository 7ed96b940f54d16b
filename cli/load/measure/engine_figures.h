#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace wsdeep::load {

/// One thing that a node or its engine said in the course of a run: `load`, `queued`, `kv_use` by its health;
/// `wsdeep_node_engine_waiting`, `vllm:num_requests_waiting` by a page of metrics.
struct EngineFigure {
  std::string name;
  bool counts_up = false;  ///< a counter: what matters is last − first; else a gauge, whose peak does
  double first = 0;
  double last = 0;
  double peak = 0;
  double mean = 0;  ///< over the readings
  std::uint64_t readings = 0;

  bool operator==(const EngineFigure&) const = default;
};

/// What one address said. An address that did not answer is here too, with its fault.
struct EngineFigures {
  std::string url;        ///< that was asked: a node's, or a page's
  std::string node{};     ///< as it calls itself; empty: it never said
  std::string engine{};   ///< `sim`, `openai`, …
  std::string version{};  ///< of the node
  std::uint64_t asked = 0;
  std::uint64_t failed = 0;
  std::string fault{};           ///< of the last one that failed
  std::uint64_t drain_seen = 0;  ///< readings in which it was draining
  std::vector<EngineFigure> figures{};

  bool operator==(const EngineFigures&) const = default;
};

}  // namespace wsdeep::load
